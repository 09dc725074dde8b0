package dev.loupe.spark;

import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.LoadedNetwork;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.cache.WeightsCache;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packs the weights of a model once for all executors of a host. The others wait, and then each
 * maps the same file: the system keeps it in memory once.
 *
 * <p>Without this each executor that starts first would pack its own copy.
 */
final class HostCache {

  private static final Logger LOG = LoggerFactory.getLogger(HostCache.class);
  private static final String LOCK = "spark.lock";

  private HostCache() {}

  /**
   * Packs the weights, unless they are packed, or so small that nobody keeps them. What goes wrong
   * with the cache changes the time only: then each executor packs in its own memory.
   *
   * @throws IOException if a file of the model is missing or refused
   */
  static void pack(ModelFiles files, LoadOptions options) throws IOException {
    if (options.cache().isEmpty() || isReady(files, options)) {
      return;
    }
    try (FileChannel channel = open(options.cache().get());
        FileLock _ = channel.lock()) {
      if (!isReady(files, options)) {
        try (LoadedNetwork network = LoadedNetwork.load(files, options)) {
          network.settle();
        }
      }
    } catch (IOException e) {
      LOG.warn("{}: each executor packs the weights itself", files.name(), e);
    }
  }

  private static FileChannel open(Path folder) throws IOException {
    Files.createDirectories(folder);
    return FileChannel.open(
        folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private static boolean isReady(ModelFiles files, LoadOptions options) throws IOException {
    try (ModelWeights weights = files.openWeights()) {
      if (!WeightsCache.keeps(weights)) {
        return true;
      }
      Optional<Path> file =
          WeightsCache.file(
              weights, options.cache().get(), options.profile().compute(), options.weights());
      return file.filter(Files::exists).isPresent();
    }
  }
}
