package dev.loupe.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The vocabulary of Qwen2 and Qwen2-VL: 151643 entries; skipped where it is not at hand. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Qwen2GoldenTest {
  private Tokenizer tokenizer;

  @BeforeAll
  void load() throws IOException {
    tokenizer = Tokenizer.load(TestFiles.shared("qwen2-tokenizer"));
  }

  @Test
  void everyTextWithControlTokensGetsItsIds() throws IOException {
    for (Map<String, Object> line : TokenizerCases.ofQwen2("tokenizer.jsonl", 2562)) {
      assertThat(tokenizer.encodeWithControlTokens((String) line.get("text")))
          .as("%s", line.get("text"))
          .containsExactly(TokenizerCases.ids(line));
    }
  }

  @Test
  void everyPlainTextGetsItsIds() throws IOException {
    for (Map<String, Object> line : TokenizerCases.ofQwen2("tokenizer-plain.jsonl", 362)) {
      assertThat(tokenizer.encode((String) line.get("text")))
          .as("%s", line.get("text"))
          .containsExactly(TokenizerCases.ids(line));
    }
  }

  @Test
  void everyListOfIdsGetsItsText() throws IOException {
    for (Map<String, Object> line : TokenizerCases.ofQwen2("decode.jsonl", 1000)) {
      assertThat(tokenizer.decode(TokenizerCases.ids(line), (boolean) line.get("skip_special")))
          .as("%s", line.get("ids"))
          .isEqualTo(line.get("text"));
    }
  }

  @Test
  void everyConversationGetsItsText() throws IOException {
    ChatTemplateTest.assertRendered(TokenizerCases.ofQwen2("chat.jsonl", 32));
  }

  @Test
  void theControlTokensHaveThePublishedIds() {
    assertThat(tokenizer.size()).isEqualTo(151657);
    assertThat(tokenizer.controlToken("<|endoftext|>")).isEqualTo(151643);
    assertThat(tokenizer.controlToken("<|video_pad|>")).isEqualTo(151656);
  }

  /** The first input ids of transformers' integration test for Qwen2-VL-7B-Instruct. */
  @Test
  void thePromptOfTheIntegrationTestBeginsAsPublished() {
    var message =
        ChatMessage.user(ContentPart.IMAGE, ContentPart.text("What kind of dog is this?"));
    int[] ids = tokenizer.encode(ChatTemplate.FOR_ANSWER.segments(List.of(message)));
    int[] expanded = VisionPlaceholders.of(tokenizer).expand(ids, new int[] {2}, new int[] {});
    assertThat(expanded)
        .startsWith(
            151644, 8948, 198, 2610, 525, 264, 10950, 17847, 13, 151645, 198, 151644, 872, 198,
            151652, 151655, 151655, 151653);
  }

  /** transformers' tests/models/qwen2/test_tokenization_qwen2.py. */
  @Test
  void textsOfTransformersTestsGetTheirIds() {
    assertThat(tokenizer.encode("Hello world")).containsExactly(9707, 1879);
    assertThat(tokenizer.encode(" Hello world")).containsExactly(21927, 1879);
    assertThat(
            tokenizer.encode(
                "```python\ntokenizer = AutoTokenizer.from_pretrained(\"Qwen/Qwen-tokenizer\")\n"
                    + "tokenizer(\"世界，你好！\")```"))
        .containsExactly(
            73594, 12669, 198, 85593, 284, 8979, 37434, 6387, 10442, 35722, 445, 48, 16948, 45274,
            16948, 34841, 3135, 1138, 85593, 445, 99489, 3837, 108386, 6313, 899, 73594);
  }
}
