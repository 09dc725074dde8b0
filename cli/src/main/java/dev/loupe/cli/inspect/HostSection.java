package dev.loupe.cli.inspect;

import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.terminal.LoadingProgress;
import dev.loupe.engine.ModelParts;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.cache.WeightsCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What {@code inspect} says of a model on this machine: where it lies, and what would run it. */
final class HostSection {

  private HostSection() {}

  static Map<String, Object> of(ModelFiles files, ModelOptions options) {
    Map<String, Object> section = new LinkedHashMap<>();
    section.put("name", files.name());
    section.put("location", files.location());
    try (Backend backend = Backend.open(options.threads())) {
      section.put("backend", backend.description());
      section.put(
          "java",
          System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")");
      section.put("packed_weights", "none");
      options
          .cacheFolder()
          .ifPresent(folder -> cache(files, folder, options.weightTypes(), section, backend));
    }
    return section;
  }

  /** What the next start in float32 would find. Reads no weights: an unknown hash stays unknown. */
  private static void cache(
      ModelFiles files,
      Path folder,
      WeightTypes types,
      Map<String, Object> section,
      Backend backend) {
    try (ModelWeights weights = ModelParts.weights(files, DType.F32, backend)) {
      packed(weights, folder, types, section);
    } catch (IOException e) {
      return; // What is wrong with the weights is a problem of the tensors.
    }
  }

  private static void packed(
      ModelWeights weights, Path folder, WeightTypes types, Map<String, Object> section)
      throws IOException {
    if (!WeightsCache.keeps(weights)) {
      section.put("packed_weights_size", "so few that each start packs them in memory");
      return;
    }
    Optional<Path> file =
        WeightsCache.file(weights, folder, DType.F32, types).filter(Files::isRegularFile);
    if (file.isPresent()) {
      section.put("packed_weights", file.get().toString());
      section.put("packed_weights_size", LoadingProgress.gigabytes(Files.size(file.get())));
    } else {
      section.put(
          "packed_weights_size",
          "%s, which the next start keeps in %s"
              .formatted(
                  LoadingProgress.gigabytes(WeightsCache.size(weights, DType.F32, types)), folder));
    }
  }
}
