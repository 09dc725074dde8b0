package dev.loupe.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.TestFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Cases made with the tokenizers library, one JSON object on each line, and small vocabularies. */
final class TokenizerCases {
  private TokenizerCases() {}

  /** The lines of a file among the test resources, which must be as many as were made. */
  static List<Map<String, Object>> ofCaptioner(String name, int expected) {
    return lines(TestFiles.resource("text-captioner/" + name), expected);
  }

  /** The lines of a file for the vocabulary of Qwen2. */
  static List<Map<String, Object>> ofQwen2(String name, int expected) {
    return lines(TestFiles.shared("goldens/text-qwen2/" + name), expected);
  }

  private static List<Map<String, Object>> lines(Path file, int expected) {
    List<Map<String, Object>> lines = JsonLines.of(file);
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
            ? Optional.ofNullable(TokenizerCases.class.getResourceAsStream("/captioner/" + name))
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
