package dev.loupe.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.testkit.Fuzz;
import dev.loupe.testkit.Mutations;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged files of a tokenizer are read or refused in words, and nothing else happens. */
class TokenizerFuzzTest {
  private static final String TEXT = "ab aba <x> \u00e4\ud83d\ude00";

  private static byte[] tokenizerJson() {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b", "ab a");
    json.put("added_tokens", List.of(InMemory.added(300, "<x>", true, false)));
    json.put("post_processor", Map.of("type", "ByteLevel", "trim_offsets", false));
    return InMemory.json(json).getBytes(UTF_8);
  }

  private static final byte[] CONFIG =
      "{\"add_prefix_space\":false,\"added_tokens_decoder\":{\"300\":{\"content\":\"<x>\",\"special\":true}}}"
          .getBytes(UTF_8);

  private static Tokenizer load(Map<String, byte[]> files) throws IOException {
    return Tokenizer.load(
        "f", name -> Optional.ofNullable(files.get(name)).map(ByteArrayInputStream::new));
  }

  /** What is accepted must encode and decode. */
  private static void use(Tokenizer tokenizer) {
    tokenizer.decode(tokenizer.encode(TEXT), false);
    tokenizer.decode(tokenizer.encodeWithControlTokens(TEXT), true);
    assertThat(tokenizer.size()).isPositive();
  }

  private static void tokenizers(long seed, long count) {
    Mutations mutations = new Mutations(seed, List.of(tokenizerJson()));
    Fuzz fuzz = Fuzz.of(mutations, count, json -> use(load(Map.of("tokenizer.json", json))));
    assertThat(fuzz.accepted()).isPositive();
    assertThat(fuzz.refused()).isGreaterThan(count / 10);
  }

  private static void configurations(long seed, long count) {
    byte[] whole = tokenizerJson();
    Fuzz fuzz =
        Fuzz.of(
            new Mutations(seed, List.of(CONFIG)),
            count,
            json -> use(load(Map.of("tokenizer.json", whole, "tokenizer_config.json", json))));
    assertThat(fuzz.accepted()).isPositive();
    assertThat(fuzz.refused()).isGreaterThan(count / 10);
  }

  @Test
  void aDamagedTokenizerIsReadOrRefusedInWords() {
    tokenizers(1, 15_000);
  }

  @Test
  void aDamagedTokenizerConfigurationIsReadOrRefusedInWords() {
    configurations(2, 8_000);
  }

  @Test
  @Tag("exhaustive")
  void aMillionDamagedTokenizersAreReadOrRefusedInWords() {
    tokenizers(3, 700_000);
    configurations(4, 300_000);
  }
}
