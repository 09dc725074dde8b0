package dev.loupe.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The distribution of logits, each number against a plain computation in float64. */
class TokenDistributionTest {

  /**
   * Of sums of probabilities. In a lane of the softmax up to 257 float32 numbers are added, each
   * time with an error of 2^-24 at most; these are 1.5e-5 if all have one direction. Found is 1e-7.
   */
  private static final double ROUNDING = 1e-6;

  private static TokenDistribution of(DType type, float... logits) {
    NumericsProfile profile = NumericsProfile.of(type, AttentionKind.SDPA);
    try (Backend backend = Backend.open(1);
        Workspace w = new Workspace(backend, profile, NumericsTrace.NONE);
        Arena arena = Arena.ofConfined()) {
      Tensor row = Tensor.allocate(arena, DType.F32, 1, logits.length);
      for (int i = 0; i < logits.length; i++) {
        row.segment().set(Tensor.FLOAT, 4L * i, logits[i]);
      }
      TokenDistribution read = TokenDistribution.of(row, w);
      for (int i = 0; i < logits.length; i++) {
        float after = row.segment().get(Tensor.FLOAT, 4L * i);
        assertThat(Float.floatToIntBits(after)).isEqualTo(Float.floatToIntBits(logits[i]));
      }
      return read;
    }
  }

  @Test
  void sumAndEntropyAreThoseOfFloat64() {
    Random random = new Random(3);
    for (int n : List.of(1, 2, 17, 464, 4099)) {
      float[] logits = new float[n];
      double most = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < n; i++) {
        logits[i] = (float) (8 * random.nextGaussian());
        most = Math.max(most, logits[i]);
      }
      double exponentials = 0;
      for (float logit : logits) {
        exponentials += Math.exp(logit - most);
      }
      double entropy = 0;
      for (float logit : logits) {
        double p = Math.exp(logit - most) / exponentials;
        entropy -= p * Math.log(p);
      }

      TokenDistribution read = of(DType.F32, logits);

      assertThat(read.logits()).isEqualTo(n);
      assertThat(read.sum()).isCloseTo(1, within(ROUNDING));
      assertThat(read.entropy()).isCloseTo(entropy, within(ROUNDING * (1 + entropy)));
      assertThat(read.largest()).isEqualTo((float) most);
      assertThat(read.nonFinite() + read.zeros() + read.subnormals()).isZero();
    }
  }

  @Test
  void probabilitiesThatVanishAreCounted() {
    // exp(-88) is 6e-39, below 1.2e-38; exp(-104) is 7e-46, below half of the least subnormal.
    TokenDistribution read = of(DType.F32, 0, -88, -89, -104, -110, Float.NEGATIVE_INFINITY, -87);

    assertThat(read.subnormals()).isEqualTo(2);
    assertThat(read.zeros()).isEqualTo(3);
    assertThat(read.nonFinite()).isEqualTo(1);
    assertThat(read.sum()).isEqualTo(1);
    // Only that of -87 is normal and not 1, and has a share; float32 knows it to 1e-7.
    assertThat(read.entropy()).isCloseTo(87 * Math.exp(-87), withinPercentage(1e-4));
  }

  @Test
  void theMarginIsInStepsOfTheType() {
    assertThat(of(DType.F16, 20, 1, 19.984375f).margin()).isEqualTo(1);
    assertThat(of(DType.BF16, 20, 1, 19.875f).margin()).isEqualTo(1);
    assertThat(of(DType.F32, 19.875f, 20).margin()).isEqualTo(0.125 / Math.ulp(20f));
    assertThat(of(DType.F16, 3, 7, 7).margin()).isZero();
    assertThat(of(DType.F16, 0x1p-24f, 0).margin()).as("subnormal").isEqualTo(1);
    assertThat(of(DType.F16, -1, -8).margin()).as("at the larger magnitude").isEqualTo(7 * 128);
    assertThat(of(DType.F32, 5).margin()).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void whatIsNotFiniteSpoilsTheSum() {
    TokenDistribution nan = of(DType.F16, 1, Float.NaN, 3);
    assertThat(nan.nonFinite()).isEqualTo(1);
    assertThat(nan.largest()).isEqualTo(3);
    assertThat(nan.sum()).isNaN();
    assertThat(nan.entropy()).isNaN();
    TokenDistribution infinite = of(DType.F16, 1, Float.POSITIVE_INFINITY, Float.NaN);
    assertThat(infinite.nonFinite()).isEqualTo(2);
    assertThat(infinite.sum()).isNaN();
    assertThat(of(DType.F16, Float.NaN, Float.NaN).largest()).isEqualTo(Float.NEGATIVE_INFINITY);
  }
}
