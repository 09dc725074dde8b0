package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Functions of one value against PyTorch 2.13 on the CPU, every pattern of both types; NaN is one
 * value. Where the two differ, a judge of 50 digits shows that ours is the rounding of the formula.
 */
class UnaryGoldenTest {

  /** Functions that differ at all, and in how many patterns. */
  private static final Map<SixteenBit, Map<UnaryFunction, Integer>> DIFFERING =
      Map.of(
          SixteenBit.FLOAT16, Map.of(UnaryFunction.SIN, 2, UnaryFunction.GELU_TANH, 25),
          SixteenBit.BFLOAT16, Map.of(UnaryFunction.GELU_TANH, 4));

  private static DType dtype(SixteenBit format) {
    return format == SixteenBit.FLOAT16 ? DType.F16 : DType.BF16;
  }

  private static short[] golden(SixteenBit format, UnaryFunction function) throws IOException {
    String file = "goldens/half/half-" + format.name().toLowerCase(Locale.ROOT) + ".safetensors";
    return GoldenFile.shared(file).shorts("unary." + function.name().toLowerCase(Locale.ROOT));
  }

  private static List<Integer> differing(SixteenBit format, UnaryFunction function)
      throws IOException {
    short[] golden = golden(format, function);
    assertThat(golden).hasSize(SixteenBit.PATTERNS);
    return IntStream.range(0, SixteenBit.PATTERNS)
        .filter(i -> !format.same(function.apply(dtype(format), (short) i), golden[i]))
        .boxed()
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  void allPatternsButTheListedOnesGiveWhatPyTorchGives(SixteenBit format) throws IOException {
    Map<UnaryFunction, Integer> counts = new EnumMap<>(UnaryFunction.class);
    for (UnaryFunction function : UnaryFunction.values()) {
      int count = differing(format, function).size();
      System.out.printf("unary %-8s %-10s %5d of 65536 differ%n", format, function, count);
      if (count > 0) {
        counts.put(function, count);
      }
    }
    assertThat(counts).isEqualTo(DIFFERING.get(format));
  }

  /**
   * {@code StrictMath} promises an error below 1 unit in the last place of float64 (2.5 for tanh).
   * Where moving its result by 3 such units either way does not change the float32 that it rounds
   * to, that float32 is the one nearest to the function; elsewhere the judge decides. (Elsewhere is
   * cos 2^-12 = 1 - 2^-25 + 2^-52.6 alone.)
   */
  @ParameterizedTest
  @EnumSource
  void elementaryFunctionsOfEveryPatternAreCorrectlyRoundedFloat32(SixteenBit format) {
    float rootHalf = (float) StrictMath.sqrt(0.5);
    for (int i = 0; i < SixteenBit.PATTERNS; i++) {
      float x = format.toFloat.of((short) i);
      assertThat(isCertain(StrictMath.exp(x))).as("exp %s", x).isTrue();
      assertThat(isCertain(StrictMath.exp(-(x * x)))).as("exp -%s²", x).isTrue();
      float z = x * rootHalf;
      assertThat(isCertain(StrictMath.exp(-(z * z)))).as("exp -%s²/2", x).isTrue();
      assertThat(isCertain(StrictMath.log(x))).as("log %s", x).isTrue();
      assertThat(isCertain(StrictMath.sin(x))).as("sin %s", x).isTrue();
      assertThat(isCertain(StrictMath.tanh(x))).as("tanh %s", x).isTrue();
      float inner = innerOfGeluTanh(x);
      assertThat(isCertain(StrictMath.tanh(inner))).as("tanh %s", inner).isTrue();
      double cos = StrictMath.cos(x);
      assertThat(isCertain(cos) || isNearestCosine((float) cos, x)).as("cos %s", x).isTrue();
    }
  }

  private static boolean isCertain(double y) {
    double slack = 3 * Math.ulp(y);
    return !Double.isFinite(y) || (float) (y - slack) == (float) (y + slack);
  }

  private static boolean isNearestCosine(float found, float x) {
    return HighPrecision.isNearest(found, HighPrecision.cos(new BigDecimal(x)));
  }

  private static float innerOfGeluTanh(float x) {
    return (float) StrictMath.sqrt(2 / Math.PI) * (x + 0.044715f * (x * x * x));
  }

  /**
   * sin 300 is -0.99975584, whose nearest float32 is a tie of float16; PyTorch's sine is allowed
   * 3.5 units in the last place and falls beside it.
   */
  @Test
  void sineOf300IsTheNearestFloat32AndItselfATie() throws IOException {
    SixteenBit format = SixteenBit.FLOAT16;
    List<Integer> patterns = differing(format, UnaryFunction.SIN);
    assertThat(patterns).map(i -> format.toFloat.of(i.shortValue())).containsExactly(300f, -300f);
    float sine = (float) StrictMath.sin(300);
    assertThat(HighPrecision.isNearest(sine, HighPrecision.sin(new BigDecimal(300)))).isTrue();
    assertThat(sine).isEqualTo(-(0x1.ffcp-1f + 1) / 2);
    assertThat(UnaryFunction.SIN.apply(DType.F16, format.fromFloat.of(300)))
        .isEqualTo(format.fromFloat.of(-1));
  }

  /** From -5.0625 down to -5.15625 the tangent is not yet -1, as PyTorch's is. */
  @ParameterizedTest
  @EnumSource
  void theTangentOfTheGeluApproximationIsTheNearestFloat32(SixteenBit format) throws IOException {
    short[] golden = golden(format, UnaryFunction.GELU_TANH);
    for (int i : differing(format, UnaryFunction.GELU_TANH)) {
      float x = format.toFloat.of((short) i);
      float inner = innerOfGeluTanh(x);
      float tangent = (float) StrictMath.tanh(inner);
      assertThat(x).isBetween(-5.15625f, -5.0625f);
      assertThat(tangent).isEqualTo(Math.nextUp(-1f));
      assertThat(HighPrecision.isNearest(tangent, HighPrecision.tanh(new BigDecimal(inner))))
          .isTrue();
      assertThat(UnaryFunction.GELU_TANH.apply(dtype(format), (short) i))
          .isEqualTo(format.fromFloat.of(0.5f * x * (1 + tangent)));
      assertThat(golden[i]).isEqualTo(format.fromFloat.of(-0f));
    }
  }

  @Test
  void aTypeOfMoreThanSixteenBitsIsRefused() {
    assertThatThrownBy(() -> UnaryFunction.SILU.apply(DType.F32, (short) 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("SILU: expected F16 or BF16, found F32; narrow the number first");
  }
}
