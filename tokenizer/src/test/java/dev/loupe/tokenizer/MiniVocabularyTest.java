package dev.loupe.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The small vocabulary of transformers' tests/models/qwen2/test_tokenization_qwen2.py. */
class MiniVocabularyTest {
  private static final String[] MERGES = {
    "Ġ l", "Ġl o", "Ġlo w", "e r", "0 1", "; }", ";} Ċ", "Ï ĵ", "Ġ #", "# #"
  };

  private final Tokenizer tokenizer;

  MiniVocabularyTest() throws IOException {
    var vocabulary =
        TokenizerCases.bytesAnd(
            "Ġl", "Ġn", "Ġlo", "Ġlow", "er", "Ġlowest", "Ġnewer", "Ġwider", "01", ";}", ";}Ċ", "Ïĵ",
            "Ġ#", "##");
    tokenizer =
        Tokenizer.load(
            "mini",
            new InMemory()
                .with("vocab.json", InMemory.json(vocabulary))
                .with("merges.txt", "#version: 0.2\n" + String.join("\n", MERGES)));
  }

  @Test
  void theSequenceOfTheTestGetsItsIds() {
    int[] ids =
        tokenizer.encodeWithControlTokens("lower lower newer 010;}\n<|endoftext|>\u03d2\u0301");
    assertThat(ids)
        .containsExactly(
            75, 78, 86, 260, 259, 260, 220, 77, 68, 86, 260, 220, 15, 16, 15, 266, 270, 267);
    assertThat(tokenizer.decode(ids, false))
        .isEqualTo("lower lower newer 010;}\n<|endoftext|>\u03d3");
    assertThat(tokenizer.decode(ids, true)).isEqualTo("lower lower newer 010;}\n\u03d3");
  }

  @Test
  void aMergeMayContainTheNumberSign() {
    assertThat(tokenizer.encode(" ###")).containsExactly(268, 269);
  }

  @Test
  void theEndOfTextFollowsTheVocabularyWhereNoFileNamesIt() {
    assertThat(tokenizer.id("<|endoftext|>")).hasValue(270);
    assertThat(tokenizer.id("Ïĵ")).hasValue(267);
    assertThat(tokenizer.token(267)).contains("Ïĵ");
  }
}
