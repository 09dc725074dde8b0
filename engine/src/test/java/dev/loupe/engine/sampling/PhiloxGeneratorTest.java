package dev.loupe.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class PhiloxGeneratorTest {
  private static final int VOCABULARY = 151936;
  private static final long SEED = 0x1234_5678_9ABCL;

  /** The three lines for philox4x32 with 10 rounds in Random123's {@code kat_vectors}. */
  @Test
  void theKnownAnswersOfRandom123AreMet() {
    assertThat(block(0, 0, 0)).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(block(-1, -1, -1)).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(block(0x85a308d3_243f6a88L, 0x03707344_13198a2eL, 0x299f31d0_a4093822L))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  private static int[] block(long counterLow, long counterHigh, long key) {
    var words = new int[4];
    Philox.block(counterLow, counterHigh, key, words);
    return words;
  }

  /** half-precision.md 3.11: the grid that PyTorch starts for the vocabulary of the 2B model. */
  @Test
  void theGridForAVocabularyDependsOnTheDevice() {
    assertThat(CudaDevice.T4.threads(VOCABULARY)).isEqualTo(256 * 160);
    assertThat(CudaDevice.A10.threads(VOCABULARY)).isEqualTo(256 * 432);
    assertThat(CudaDevice.A100.threads(VOCABULARY)).isEqualTo(256 * 594);
    assertThat(CudaDevice.H200.threads(VOCABULARY)).isEqualTo(256 * 594);
    assertThat(new CudaDevice("L4", 58, 1536).threads(VOCABULARY)).isEqualTo(256 * 348);
    assertThat(CudaDevice.H200.threads(1)).isEqualTo(256);
    assertThat(CudaDevice.H200.threads(257)).isEqualTo(512);
  }

  @Test
  void everyElementTakesItsThreadWordAndBlock() {
    for (CudaDevice device :
        List.of(CudaDevice.T4, CudaDevice.A10, CudaDevice.A100, CudaDevice.H200)) {
      int threads = device.threads(VOCABULARY);
      double[] q = draw(new PhiloxGenerator(SEED, device), VOCABULARY);
      for (int e = 0; e < VOCABULARY; e += 997) {
        assertThat(q[e])
            .as("element %d on %s", e, device.name())
            .isEqualTo(exponential(e / (4 * threads), e % threads, e / threads % 4));
      }
    }
  }

  /** 1,000,000 elements on 40 multiprocessors: 7 blocks a thread, the second call starts after. */
  @Test
  void aThreadGoesOnToFurtherBlocksAndTheNextCallBehindThem() {
    int n = 1_000_000;
    int threads = 256 * 160;
    var generator = new PhiloxGenerator(SEED, CudaDevice.T4);
    double[] q = draw(generator, n);
    int e = n - 1;
    assertThat(e / (4 * threads)).isEqualTo(6);
    assertThat(q[e]).isEqualTo(exponential(6, e % threads, e / threads % 4));
    assertThat(generator.offset()).isEqualTo(28);
    assertThat(draw(generator, 8)[5]).isEqualTo(exponential(7, 5, 0));
    assertThat(generator.offset()).isEqualTo(32);
  }

  @Test
  void aTokenOfTheLargeVocabularyMovesTheOffsetByFour() {
    for (CudaDevice device : List.of(CudaDevice.T4, CudaDevice.A100, CudaDevice.H200)) {
      var generator = new PhiloxGenerator(SEED, device);
      draw(generator, VOCABULARY);
      assertThat(generator.offset()).isEqualTo(4);
    }
  }

  @Test
  void devicesWithRoomForEveryElementAgreeAndSmallerOnesDoNot() {
    double[] a100 = draw(new PhiloxGenerator(SEED, CudaDevice.A100), VOCABULARY);
    assertThat(draw(new PhiloxGenerator(SEED, CudaDevice.H200), VOCABULARY)).isEqualTo(a100);
    assertThat(draw(new PhiloxGenerator(SEED, CudaDevice.T4), VOCABULARY)).isNotEqualTo(a100);
  }

  @Test
  void anEmptyTensorDrawsNothing() {
    var generator = new PhiloxGenerator(SEED, CudaDevice.T4);
    draw(generator, 0);
    assertThat(generator.offset()).isZero();
  }

  /** u never reaches 0, and the clamp near 1 keeps the draw above 0. */
  @Test
  void everyDrawIsAboveZeroAndFinite() {
    for (double q : draw(new PhiloxGenerator(SEED, CudaDevice.T4), 1_000_000)) {
      if (!(q >= 0x1p-24 && q < 23)) {
        assertThat(q).isBetween(0x1p-24, 23.0);
      }
    }
  }

  @Test
  void aDeviceWithoutRoomForABlockIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CudaDevice("toy", 1, 128))
        .withMessage(
            "CUDA device toy: expected at least 1 multiprocessor of 256 threads, found 1 of 128");
  }

  private static double[] draw(PhiloxGenerator generator, int n) {
    var q = new double[n];
    generator.exponential(q);
    return q;
  }

  /** The draw from one output word, by the formulas of half-precision.md 3.11. */
  private static double exponential(long counter, int thread, int word) {
    long x = Integer.toUnsignedLong(block(counter, thread, SEED)[word]);
    float u = (float) x * (float) Math.scalb(1.0, -32) + (float) Math.scalb(1.0, -33);
    return u >= 0.99999994f ? Math.scalb(1.0, -24) : (float) -StrictMath.log(u);
  }
}
