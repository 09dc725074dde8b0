package dev.loupe.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TorchSoftmaxTest {

  static Stream<Map<String, Object>> goldens() {
    return SamplingCases.lines("softmax.jsonl").stream();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void aRowEqualsTorchSoftmaxInEveryBit(Map<String, Object> line) {
    float[] scores = SamplingCases.floats(line.get("scores"));
    assertThat(SamplingCases.bits(TorchSoftmax.of(scores)))
        .isEqualTo(SamplingCases.bits(SamplingCases.floats(line.get("probabilities"))));
  }

  /** SLEEF states 1.0 ulp for {@code expf}; every 101st float from -0 to -87 is looked at. */
  @Test
  void theExponentialIsWithinOneUlp() {
    int last = Float.floatToIntBits(-87f);
    for (int bits = Float.floatToIntBits(-0f); bits < last; bits += 101) {
      float x = Float.intBitsToFloat(bits);
      double exact = StrictMath.exp(x);
      double error = Math.abs(TorchSoftmax.exp(x) - exact) / Math.ulp((float) exact);
      if (error > 1) {
        assertThat(error).as("ulps at %s", x).isLessThanOrEqualTo(1);
      }
    }
  }
}
