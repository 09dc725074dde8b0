package dev.loupe.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamingDecoderTest {
  private final Tokenizer tokenizer =
      Tokenizer.load("captioner", TokenizerCases.captioner("tokenizer.json"));

  StreamingDecoderTest() throws IOException {}

  @Test
  void aCharacterAppearsWithItsLastByte() {
    assertThat(pieces("a👍é")).containsExactly("a", "", "", "", "👍", "", "é", "");
  }

  @Test
  void theEndOfAnUnfinishedCharacterIsOneReplacementCharacter() {
    StreamingDecoder decoder = tokenizer.newStreamingDecoder(false);
    int[] ids = tokenizer.encode("👍");
    assertThat(decoder.push(ids[0]) + decoder.push(ids[1]) + decoder.push(ids[2])).isEmpty();
    assertThat(decoder.finish()).isEqualTo("\uFFFD");
    assertThat(decoder.finish()).isEmpty();
  }

  @Test
  void bytesThatNothingCanCompleteAreNotHeldBack() {
    StreamingDecoder decoder = tokenizer.newStreamingDecoder(false);
    assertThat(decoder.push(byteId(0xE0))).isEmpty();
    assertThat(decoder.push(byteId(0x80))).isEqualTo("\uFFFD\uFFFD");
    assertThat(decoder.push(byteId(0xFF))).isEqualTo("\uFFFD");
    assertThat(decoder.finish()).isEmpty();
  }

  @Test
  void specialTokensAreLeftOutOnRequest() {
    int end = tokenizer.controlToken("<|im_end|>");
    assertThat(tokenizer.newStreamingDecoder(true).push(end)).isEmpty();
    assertThat(tokenizer.newStreamingDecoder(false).push(end)).isEqualTo("<|im_end|>");
  }

  @Test
  void thePiecesJoinedAreTheDecodedTextForEveryGoldenLine() throws IOException {
    for (Map<String, Object> line : TokenizerCases.ofCaptioner("decode.jsonl", 1000)) {
      boolean skipSpecial = (boolean) line.get("skip_special");
      assertThat(streamed(TokenizerCases.ids(line), skipSpecial)).isEqualTo(line.get("text"));
    }
  }

  @Test
  void thePiecesJoinedAreTheDecodedTextForRandomBytes() {
    Random random = new Random(5);
    int[] bytes = {
      0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC3, 0xE0, 0xE4, 0xED, 0xF0, 0xF4, 0xF5
    };
    for (int n = 0; n < 20_000; n++) {
      int[] ids = random.ints(8, 0, bytes.length).map(i -> byteId(bytes[i])).toArray();
      assertThat(streamed(ids, false)).isEqualTo(tokenizer.decode(ids, false));
    }
  }

  private int byteId(int b) {
    return tokenizer.id(String.valueOf(ByteAlphabet.charOf(b))).orElseThrow();
  }

  private List<String> pieces(String text) {
    StreamingDecoder decoder = tokenizer.newStreamingDecoder(false);
    List<String> pieces = new ArrayList<>();
    for (int id : tokenizer.encode(text)) {
      pieces.add(decoder.push(id));
    }
    pieces.add(decoder.finish());
    return pieces;
  }

  private String streamed(int[] ids, boolean skipSpecial) {
    StreamingDecoder decoder = tokenizer.newStreamingDecoder(skipSpecial);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.push(id));
    }
    return text.append(decoder.finish()).toString();
  }
}
