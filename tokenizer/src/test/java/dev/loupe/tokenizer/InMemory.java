package dev.loupe.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.jr.ob.JSON;

/** Tokenizer files that a test writes. */
final class InMemory implements TokenizerFiles {
  private final Map<String, String> files = new LinkedHashMap<>();

  InMemory with(String name, String content) {
    files.put(name, content);
    return this;
  }

  @Override
  public Optional<InputStream> open(String name) {
    return Optional.ofNullable(files.get(name))
        .map(content -> new ByteArrayInputStream(content.getBytes(UTF_8)));
  }

  /** {@code vocab.json} of the 256 bytes and of what the merges make, and {@code merges.txt}. */
  static InMemory vocabAndMerges(String... merges) {
    String[] made = Arrays.stream(merges).map(m -> m.replace(" ", "")).toArray(String[]::new);
    return new InMemory()
        .with("vocab.json", json(TokenizerCases.bytesAnd(made)))
        .with("merges.txt", "#version: 0.2\n" + String.join("\n", merges) + "\n");
  }

  /** The same as a {@code tokenizer.json}, to be changed by the test before it is written. */
  static TreeMap<String, Object> tokenizerJson(String... merges) {
    String[] made = Arrays.stream(merges).map(m -> m.replace(" ", "")).toArray(String[]::new);
    TreeMap<String, Object> model = new TreeMap<>();
    model.put("type", "BPE");
    model.put("vocab", TokenizerCases.bytesAnd(made));
    model.put("merges", List.of(merges));
    TreeMap<String, Object> split = new TreeMap<>();
    split.put("type", "Split");
    split.put("pattern", Map.of("Regex", PreTokenizer.PATTERN));
    split.put("behavior", "Isolated");
    split.put("invert", false);
    TreeMap<String, Object> byteLevel = new TreeMap<>();
    byteLevel.put("type", "ByteLevel");
    byteLevel.put("add_prefix_space", false);
    byteLevel.put("use_regex", false);
    TreeMap<String, Object> preTokenizer = new TreeMap<>();
    preTokenizer.put("type", "Sequence");
    preTokenizer.put("pretokenizers", List.of(split, byteLevel));
    TreeMap<String, Object> root = new TreeMap<>();
    root.put("normalizer", new TreeMap<>(Map.of("type", "NFC")));
    root.put("pre_tokenizer", preTokenizer);
    root.put("decoder", new TreeMap<>(Map.of("type", "ByteLevel")));
    root.put("model", model);
    return root;
  }

  static InMemory tokenizerJson(Map<String, Object> root) {
    return new InMemory().with("tokenizer.json", json(root));
  }

  static Map<String, Object> added(int id, String content, boolean special, boolean normalized) {
    TreeMap<String, Object> token = new TreeMap<>();
    token.put("id", id);
    token.put("content", content);
    token.put("special", special);
    token.put("normalized", normalized);
    return token;
  }

  static String json(Object value) {
    return JSON.std.asString(value);
  }

  /** Loading these files fails with a message that contains all the parts. */
  static void assertRefused(TokenizerFiles files, String... parts) {
    assertThatThrownBy(() -> Tokenizer.load("test", files))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(parts);
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object json) {
    return (Map<String, Object>) json;
  }

  static Map<String, Object> model(Map<String, Object> json) {
    return map(json.get("model"));
  }
}
