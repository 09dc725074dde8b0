package dev.loupe.weights;

import dev.loupe.io.Printable;
import dev.loupe.weights.safetensors.SafetensorsIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Says what a folder holds instead of safetensors files, and what to do about it. */
final class ForeignWeights {
  private static final String PICKLED =
      "pickled weights can run code and are not read; convert them once in Python: "
          + "model.save_pretrained(folder, safe_serialization=True)";
  private static final String GGUF =
      "Loupe reads the original checkpoint, not GGUF; take the safetensors files of the model "
          + "from which this one was made, for instance Qwen/Qwen2-VL-2B-Instruct";

  private record Kind(String suffix, String remedy) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(".bin", PICKLED),
          new Kind(".pth", PICKLED),
          new Kind(".pt", PICKLED),
          new Kind(".gguf", GGUF));

  private ForeignWeights() {}

  /** The message for a folder without safetensors files. */
  static String explain(Path folder) throws IOException {
    List<String> names;
    try (Stream<Path> paths = Files.list(folder)) {
      names = paths.map(p -> p.getFileName().toString()).sorted().toList();
    }
    for (String name : names) {
      if (Adapter.FILES.contains(name)) {
        return "%s: expected the weights of a model, found only %s; %s"
            .formatted(folder, name, Adapter.IN_PLACE_OF_A_MODEL);
      }
    }
    for (Kind kind : KINDS) {
      for (String name : names) {
        if (name.toLowerCase(Locale.ROOT).endsWith(kind.suffix())) {
          return "%s: expected *.safetensors, found %s; %s"
              .formatted(folder, Printable.escape(name), kind.remedy());
        }
      }
    }
    return ("%s: expected model.safetensors or %s with its shards, found neither; "
            + "copy the weights of the model into the folder")
        .formatted(folder, SafetensorsIndex.FILE);
  }
}
