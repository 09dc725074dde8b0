package dev.loupe.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.assertj.core.api.Assumptions;
import tools.jackson.jr.ob.JSON;

/** Cases made with the tokenizers library, one JSON object on each line, and small vocabularies. */
final class Goldens {
  private Goldens() {}

  /** The lines of a file among the test resources, which must be as many as were made. */
  static List<Map<String, Object>> ofCaptioner(String name, int expected) throws IOException {
    try (var in = Goldens.class.getResourceAsStream("/text-captioner/" + name)) {
      return lines(new BufferedReader(new InputStreamReader(in, UTF_8)), expected);
    }
  }

  /** The lines of a file for the vocabulary of Qwen2. */
  static List<Map<String, Object>> ofQwen2(String name, int expected) throws IOException {
    Path file = shared("goldens/text-qwen2").resolve(name);
    return lines(Files.newBufferedReader(file), expected);
  }

  /** A folder of large data; the test is skipped where it is absent. */
  static Path shared(String folder) {
    String root = System.getProperty("loupe.shared", "");
    Path path = Path.of(root, folder);
    Assumptions.assumeThat(path)
        .as("%s, below the folder that -Dloupe.shared names (\"%s\")", folder, root)
        .isDirectory();
    return path;
  }

  private static List<Map<String, Object>> lines(BufferedReader reader, int expected)
      throws IOException {
    List<Map<String, Object>> lines = new ArrayList<>();
    try (reader) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(JSON.std.mapFrom(line));
      }
    }
    assertThat(lines).hasSize(expected);
    return lines;
  }

  static int[] ids(Map<String, Object> line) {
    return ((List<?>) line.get("ids")).stream().mapToInt(Integer.class::cast).toArray();
  }

  /** Those of the built-in captioner's files that are named. */
  static TokenizerFiles captioner(String... names) {
    List<String> present = List.of(names);
    return name ->
        present.contains(name)
            ? Optional.ofNullable(Goldens.class.getResourceAsStream("/captioner/" + name))
            : Optional.empty();
  }

  /**
   * The vocabulary of transformers' tests/models/qwen2/test_tokenization_qwen2.py: the 256 bytes,
   * those that stand for themselves first, then the given entries.
   */
  static TreeMap<String, Integer> bytesAnd(String... entries) {
    TreeMap<String, Integer> vocabulary = new TreeMap<>();
    for (int remapped = 0; remapped < 2; remapped++) {
      for (int b = 0; b < 256; b++) {
        if (ByteAlphabet.charOf(b) < 256 == (remapped == 0)) {
          vocabulary.put(String.valueOf(ByteAlphabet.charOf(b)), vocabulary.size());
        }
      }
    }
    for (String entry : entries) {
      vocabulary.put(entry, vocabulary.size());
    }
    return vocabulary;
  }
}
