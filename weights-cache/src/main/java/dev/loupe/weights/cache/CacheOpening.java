package dev.loupe.weights.cache;

import dev.loupe.io.TemporaryFile;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.weights.ModelWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Decides whether the cache can be read, must be built, or cannot be used.
 *
 * @param folder of the caches
 * @param listener warned at most once, unless a file is damaged
 * @param guard handles every failure
 */
record CacheOpening(CacheFolder folder, CacheListener listener, CacheGuard guard) {

  CacheOpening(CacheFolder folder, CacheListener listener) {
    this(folder, listener, new CacheGuard(listener));
  }

  /** Opens the cache of some weights. Never fails. */
  WeightsCache open(ModelWeights source, DType compute, WeightTypes types, Backend backend) {
    folder
        .exposure()
        .ifPresent(who ->
            listener.warning(
                ("%s: expected a cache folder that only you can write to, found that %s; use "
                        + "`chmod go-w`, or another cache folder")
                    .formatted(folder.path(), who)));
    Optional<CacheName> name =
        guard
            .attempt(() ->
                CacheName.of(source, ContentHashes.computed(folder, listener), compute, types))
            .flatMap(known -> known);
    if (name.isEmpty()) {
      return new WeightsCache(source, guard, Optional.empty(), Optional.empty());
    }
    Optional<PackedFile> kept =
        guard
            .attemptToRead(name.get().in(folder.path()), () -> folder.read(name.get(), backend))
            .flatMap(file -> file);
    Optional<CacheBuilder> builder =
        kept.isPresent()
            ? Optional.empty()
            : guard.attempt(() -> build(name.get(), WeightsCache.size(source, compute, types)));
    return new WeightsCache(source, guard, kept, builder);
  }

  private CacheBuilder build(CacheName name, long bytes) throws IOException {
    Path target = name.in(folder.path());
    if (Files.isDirectory(target)) {
      throw new IOException(target + ": expected a file, found a folder; remove it");
    }
    folder.create();
    folder.sweep();
    folder.deleteOutdated(name);
    requireRoom(bytes);
    TemporaryFile file = folder.newFile();
    try {
      listener.building(target, bytes);
      PackedFileWriter writer = new PackedFileWriter(target, file, name.digest());
      return new CacheBuilder(writer, bytes, listener, guard);
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  /** A disk must not be filled for packed weights: a sixteenth stays free. */
  private void requireRoom(long bytes) throws IOException {
    long needed = bytes + bytes / 16;
    long free = folder.usableSpace();
    if (free < needed) {
      throw new IOException(
          "%s: expected %s of free disk space, found %s"
              .formatted(folder.path(), gigabytes(needed), gigabytes(free)));
    }
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes * 1e-9);
  }
}
