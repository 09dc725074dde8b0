package dev.loupe.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The frequencies as PyTorch 2.13 computes them, in every bit. */
class RotaryEmbeddingTest {
  private static final String DECODER =
      """
        3f800000 3f4e4bad 3f263de0 3f05f6ef 3ed7e89b 3eadfcff 3e8c3504 3e61f835
        3e361887 3e12bd91 3dec7fd6 3dbe94c6 3d99940d 3d778513 3d47763f 3d20bc1d
        3d0186e3 3cd0c1a8 3ca8398b 3c879008 3c5a7bf2 3c301052 3c0de12d 3be4aa46
        3bb8449c 3b947dae 3b6f520e 3b40dac5 3b1b690d 3afa78f0 3ac9d75c 3aa2a6f7
        3a83126f 3a533f28 3a2a3b44 3a092e02 39dd1725 39b229fb 398f9272 39676492
        393a7753 39164324 38f22ce2 38c327b5 389d43a4 387d75d4 384c3fbe 382497ab
        3804a2b2 37d5c441 37ac431d 378ad0ed 375fba4f 37344a0e 371148e3 36ea2732
        36bcb0c1 36980e02 36751070 36457bab 361f23e4 36003dec 35ceaf79 35a68e4c
      """;

  private static final String TOWER =
      """
        3f800000 3f21866b 3ecbd4b4 3e809bcc 3e224b06 3dcccccd 3d813855 3d231091
        3ccdc613 3c81d5a0 3c23d70a 3bcec089 3b8273a4 3b249e78 3acfbc32 3a83126f
        3a2566d4 39d0b907 3983b1fa 39263028
      """;

  @Test
  void theDecodersFrequenciesArePyTorchs() {
    assertThat(hex(RotaryEmbedding.inverseFrequencies(1e6, 128))).containsExactly(words(DECODER));
  }

  @Test
  void theTowersFrequenciesArePyTorchs() {
    assertThat(hex(RotaryEmbedding.inverseFrequencies(1e4, 40))).containsExactly(words(TOWER));
  }

  private static String[] words(String text) {
    return text.strip().split("\\s+");
  }

  private static String[] hex(float[] values) {
    return IntStream.range(0, values.length)
        .mapToObj(i -> "%08x".formatted(Float.floatToRawIntBits(values[i])))
        .toArray(String[]::new);
  }
}
