package dev.loupe.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.loupe.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MultinomialSamplerTest {
  private static final Map<String, DType> TYPES =
      Map.of(
          "float16", DType.F16, "bfloat16", DType.BF16, "float32", DType.F32, "float64", DType.F64);

  static Stream<Map<String, Object>> distributions() {
    return SamplingCases.lines("invalid.jsonl").stream();
  }

  @ParameterizedTest
  @MethodSource("distributions")
  void aDistributionIsRefusedWhenPytorchRefusesItAndInItsWords(Map<String, Object> line) {
    DType dtype = TYPES.get((String) line.get("dtype"));
    float[] probabilities = rounded(SamplingCases.floats(line.get("probs")), dtype);
    var sampler = new MultinomialSampler(new TorchCpuGenerator(0), dtype);
    if (line.get("error") == null) {
      assertThat(sampler.draw(probabilities)).isBetween(0, probabilities.length - 1);
    } else {
      assertThatThrownBy(() -> sampler.draw(probabilities))
          .isInstanceOf(InvalidDistributionException.class)
          .hasMessage((String) line.get("error"));
    }
  }

  static Stream<Map<String, Object>> draws() {
    return SamplingCases.lines("draws.jsonl").stream();
  }

  @ParameterizedTest
  @MethodSource("draws")
  void theSameSeedGivesTheTokensOfTorchMultinomial(Map<String, Object> line) {
    DType dtype = TYPES.get((String) line.get("dtype"));
    String name = line.get("probs_kind") + "-" + line.get("vocab");
    float[] probabilities = rounded(SamplingCases.probabilities(name), dtype);
    long seed = ((Number) line.get("seed")).longValue();
    var sampler = new MultinomialSampler(new TorchCpuGenerator(seed), dtype);
    int[] expected = SamplingCases.ints(line.get("tokens"));
    var tokens = new int[expected.length];
    Arrays.setAll(tokens, i -> sampler.draw(probabilities));
    assertThat(tokens).isEqualTo(expected);
  }

  private static float[] rounded(float[] values, DType dtype) {
    var result = new float[values.length];
    for (int i = 0; i < result.length; i++) {
      result[i] =
          switch (dtype) {
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(values[i]));
            case BF16 -> bfloat16(values[i]);
            default -> values[i];
          };
    }
    return result;
  }

  /** By search among the two neighbours instead of by the carry that the sampler uses. */
  private static float bfloat16(float value) {
    if (Float.isNaN(value) || Float.isInfinite(value)) {
      return value;
    }
    float low = Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xFFFF_0000);
    float high = Float.intBitsToFloat(Float.floatToRawIntBits(low) + 0x1_0000);
    double toLow = Math.abs((double) value - low);
    double toHigh = Math.abs((double) high - value);
    boolean lowIsEven = (Float.floatToRawIntBits(low) & 0x1_0000) == 0;
    return toLow < toHigh || toLow == toHigh && lowIsEven ? low : high;
  }

  @Test
  void theScoresOfAStepBecomeProbabilitiesOfTheType() {
    float[] scores = {0.3f, -1.7f, 2.2f, 0.1f};
    float[] exact = new MultinomialSampler(q -> {}, DType.F32).probabilities(scores);
    assertThat(exact).isEqualTo(TorchSoftmax.of(scores));
    for (DType dtype : List.of(DType.F16, DType.BF16)) {
      assertThat(new MultinomialSampler(q -> {}, dtype).probabilities(scores))
          .isEqualTo(rounded(exact, dtype))
          .isNotEqualTo(exact);
    }
    assertThat(scores).containsExactly(0.3f, -1.7f, 2.2f, 0.1f);
  }

  @Test
  void theTokenIsTheArgmaxOfTheQuotients() {
    var sampler = new MultinomialSampler(q -> System.arraycopy(new double[] {4, 1, 2}, 0, q, 0, 3));
    assertThat(sampler.draw(new float[] {0.5f, 0.1f, 0.4f})).isEqualTo(2);
  }

  /** 1 + 1/256 and 1 + 3/256 lie half-way between two bfloat16; one rounds down, one up. */
  @Test
  void aBfloat16DrawRoundsHalfWaysToEven() {
    double[] down = {1 + 0x1p-8, 1};
    double[] up = {1 + 0x1p-6, 1 + 0x3p-8};
    for (double[] draws : List.of(down, up)) {
      var sampler = new MultinomialSampler(q -> System.arraycopy(draws, 0, q, 0, 2), DType.BF16);
      assertThat(sampler.draw(new float[] {1, 1})).as("equal quotients").isZero();
    }
  }

  @Test
  void zeroOverZeroWinsAsANaNDoesInArgmax() {
    var sampler = new MultinomialSampler(q -> System.arraycopy(new double[] {1, 0, 1}, 0, q, 0, 3));
    assertThat(sampler.draw(new float[] {0.5f, 0f, 0.5f})).isEqualTo(1);
  }

  @Test
  void aRowOfNaNScoresFailsBeforeTheGeneratorMoves() {
    var generator = new TorchCpuGenerator(5);
    var sampler = new MultinomialSampler(generator);
    var error =
        catchThrowableOfType(
            InvalidDistributionException.class, () -> sampler.next(new float[] {1, Float.NaN, 2}));
    assertThat(error).hasMessage("probability tensor contains either `inf`, `nan` or element < 0");
    assertThat(error.reason()).isEqualTo(InvalidDistributionException.Reason.INF_NAN_OR_NEGATIVE);
    assertThat(error.found())
        .isEqualTo("of 3 probabilities 3 are NaN, 0 infinite, 0 negative, 0 zero");
    assertThat(error.cudaMessage()).isEqualTo("CUDA error: device-side assert triggered");
    assertThat(error.remedy()).contains("loupe diagnose");
    assertThat(generator.nextInt()).isEqualTo(new TorchCpuGenerator(5).nextInt());
  }

  @Test
  void whatIsWrongIsCounted() {
    var sampler = new MultinomialSampler(q -> {});
    var error =
        catchThrowableOfType(
            InvalidDistributionException.class,
            () -> sampler.draw(new float[] {Float.POSITIVE_INFINITY, -1, 0, 0.5f, Float.NaN}));
    assertThat(error.found())
        .isEqualTo("of 5 probabilities 1 are NaN, 1 infinite, 1 negative, 1 zero");
  }

  @Test
  void integersAreNoProbabilities() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MultinomialSampler(q -> {}, DType.I32))
        .withMessage("probabilities: expected F16, BF16, F32 or F64, found I32");
  }
}
