package dev.loupe.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerTest {
  private final Tokenizer captioner =
      Tokenizer.load("captioner", TokenizerCases.captioner("tokenizer.json"));

  TokenizerTest() throws IOException {}

  @Test
  void textOfAUserNeverTurnsIntoControlTokens() {
    for (AddedToken token : captioner.addedTokens()) {
      int[] plain = captioner.encode("a" + token.content() + "b");
      assertThat(plain).doesNotContain(token.id());
      assertThat(captioner.decode(plain, true)).isEqualTo("a" + token.content() + "b");
      assertThat(captioner.encodeWithControlTokens("a" + token.content() + "b"))
          .containsSequence(token.id());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "\uD83D, \uFFFD",
    "a\uDC4Db, a\uFFFDb",
    "\uDC4D\uD83D, \uFFFD\uFFFD",
    "x\uD83D\uD83D\uDC4D, x\uFFFD👍"
  })
  void aLoneSurrogateIsReadAsTheReplacementCharacter(String broken, String repaired) {
    assertThat(captioner.encode(broken)).containsExactly(captioner.encode(repaired));
    assertThat(captioner.decode(captioner.encode(broken), false)).isEqualTo(repaired);
  }

  @Test
  void halvesOfAPairOnBothSidesOfAControlTokenAreLone() {
    int[] ids = captioner.encodeWithControlTokens("\uD83D<|im_end|>\uDC4D");
    assertThat(captioner.decode(ids, false)).isEqualTo("\uFFFD<|im_end|>\uFFFD");
  }

  @Test
  void anIdWithoutATokenDecodesToNothing() {
    assertThat(captioner.decode(new int[] {64, 457, 463, 1_000_000, -1, 65}, false))
        .isEqualTo("ab");
    assertThat(captioner.token(457)).isEmpty();
    assertThat(captioner.token(-1)).isEmpty();
    assertThat(captioner.id("no such token")).isEmpty();
  }

  @Test
  void theLongestAddedTokenWinsAndWordsAreFoundInUserText() throws IOException {
    TreeMap<String, Object> json = InMemory.tokenizerJson("a b");
    json.put(
        "added_tokens",
        List.of(
            InMemory.added(300, "<x", false, false),
            InMemory.added(301, "<xy>", true, false),
            InMemory.added(302, "caf\u00e9", false, true)));
    Tokenizer tokenizer = Tokenizer.load("words", InMemory.tokenizerJson(json));
    int ab = tokenizer.id("ab").orElseThrow();

    assertThat(tokenizer.encodeWithControlTokens("<xy>ab<x")).containsExactly(301, ab, 300);
    assertThat(tokenizer.encode("<xy>ab"))
        .containsExactly(300, id(tokenizer, "y"), id(tokenizer, ">"), ab);
    assertThat(tokenizer.encode("cafe\u0301ab")).containsExactly(302, ab);
    assertThat(tokenizer.decode(new int[] {302, 301, ab}, true)).isEqualTo("caf\u00e9ab");
    assertThat(tokenizer.size()).isEqualTo(303);
  }

  private static int id(Tokenizer tokenizer, String token) {
    return tokenizer.id(token).orElseThrow();
  }

  @Test
  void aControlTokenThatTheVocabularyLacksIsNamed() {
    assertThatThrownBy(() -> captioner.controlToken("<|audio_pad|>"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "<|audio_pad|>: expected a special token of the vocabulary, found no such token;"
                + " use the tokenizer files of a Qwen2-VL checkpoint");
    assertThatThrownBy(() -> captioner.controlToken("a")).hasMessageContaining("an ordinary one");
  }

  @Test
  void anAddedTokenNeedsAText() {
    assertThatThrownBy(() -> AddedToken.control(1, ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 1 and \"\"");
    assertThatThrownBy(() -> AddedToken.control(-1, "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found -1");
  }
}
