package dev.loupe.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Every line of the tokenizers library's answers, for each way to load the captioner's files. */
@ParameterizedClass
@MethodSource("files")
class CaptionerGoldenTest {
  private final Tokenizer tokenizer;

  CaptionerGoldenTest(List<String> files) throws IOException {
    tokenizer = Tokenizer.load("captioner", TokenizerCases.captioner(files.toArray(String[]::new)));
  }

  static List<List<String>> files() {
    return List.of(
        List.of("tokenizer.json"),
        List.of("tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt"),
        List.of("vocab.json", "merges.txt", "tokenizer_config.json"),
        List.of("vocab.json", "merges.txt"));
  }

  @Test
  void everyTextWithControlTokensGetsItsIds() throws IOException {
    for (Map<String, Object> line : TokenizerCases.ofCaptioner("tokenizer.jsonl", 2562)) {
      assertThat(tokenizer.encodeWithControlTokens((String) line.get("text")))
          .as("%s", line.get("text"))
          .containsExactly(TokenizerCases.ids(line));
    }
  }

  @Test
  void everyPlainTextGetsItsIds() throws IOException {
    for (Map<String, Object> line : TokenizerCases.ofCaptioner("tokenizer-plain.jsonl", 362)) {
      assertThat(tokenizer.encode((String) line.get("text")))
          .as("%s", line.get("text"))
          .containsExactly(TokenizerCases.ids(line));
    }
  }

  @Test
  void everyListOfIdsGetsItsText() throws IOException {
    for (Map<String, Object> line : TokenizerCases.ofCaptioner("decode.jsonl", 1000)) {
      assertThat(tokenizer.decode(TokenizerCases.ids(line), (boolean) line.get("skip_special")))
          .as("%s", line.get("ids"))
          .isEqualTo(line.get("text"));
    }
  }

  @Test
  void thereAre443EntriesAnd14ControlTokens() {
    assertThat(tokenizer.size()).isEqualTo(457);
    assertThat(tokenizer.addedTokens()).hasSize(14).allMatch(AddedToken::special);
    assertThat(tokenizer.controlToken("<|im_end|>")).isEqualTo(445);
    assertThat(tokenizer.controlToken("<|image_pad|>")).isEqualTo(455);
  }
}
