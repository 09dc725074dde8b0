package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.GoldenFile;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.numerics.TensorCore;
import java.io.IOException;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The step of a matrix unit. */
class TensorCoreStepTest {

  static Stream<Arguments> cores() {
    return Stream.of(TensorCore.values())
        .filter(core -> core != TensorCore.ADA) // As Ampere; the goldens have one of the two.
        .flatMap(core ->
            Stream.of(HalfFormat.values())
                .filter(format -> format == HalfFormat.FLOAT16 || core.hasBFloat16())
                .map(format -> Arguments.of(core, format)));
  }

  @ParameterizedTest
  @MethodSource("cores")
  void everyChainOfTheReferenceIsRepeated(TensorCore core, HalfFormat format) throws IOException {
    GoldenFile blocks = GoldenFile.shared("goldens/tensor-core/tensor-core.safetensors");
    TensorCoreStep step = new TensorCoreStep(core, format, DType.F32);
    int checked = 0;
    for (String kind : new String[] {"gauss", "wide", "cancel", "tiny", "large", "codes"}) {
      String name = "%s.%s.%s.".formatted(core, format.name().toLowerCase(Locale.ROOT), kind);
      short[] a = blocks.shorts(name + "a");
      short[] b = blocks.shorts(name + "b");
      int[] c = blocks.ints(name + "c");
      int[] after16 = blocks.ints(name + "d16");
      int[] after64 = blocks.ints(name + "d64");
      for (int i = 0; i < c.length; i++, checked++) {
        float[] x = operands(a, i, format);
        float[] y = operands(b, i, format);
        float start = Float.intBitsToFloat(c[i]);
        assertThat(bits(chain(step, core, x, y, 16, start)))
            .as("%sblock %d, 16 products", name, i)
            .isEqualTo(word(after16[i]));
        assertThat(bits(chain(step, core, x, y, 64, start)))
            .as("%sblock %d, 64 products", name, i)
            .isEqualTo(word(after64[i]));
      }
    }
    assertThat(checked).isEqualTo(6 * 400);
  }

  @ParameterizedTest
  @EnumSource(TensorCore.class)
  void aLargeAccumulatorCutsOffTheProductsAndDoesNotRoundThem(TensorCore core) {
    TensorCoreStep step = new TensorCoreStep(core, HalfFormat.FLOAT16, DType.F32);
    float unit = Math.scalb(1f, 15 - core.fractionBits());
    float[] justBelow = {unit * 0.99f};
    float large = 0x1p15f;

    float[] one = {1};
    assertThat(step.of(new float[] {HalfFormat.FLOAT16.round(justBelow[0])}, one, 0, 1, large))
        .isEqualTo(large);
    assertThat(step.of(new float[] {-HalfFormat.FLOAT16.round(justBelow[0])}, one, 0, 1, large))
        .isEqualTo(large);
  }

  @Test
  void aFloat16AccumulatorOverflowsWhereFloat32StaysFinite() {
    float[] a = {256, 256};
    float[] b = {128, 128};

    assertThat(
            new TensorCoreStep(TensorCore.HOPPER, HalfFormat.FLOAT16, DType.F32).of(a, b, 0, 2, 0))
        .isEqualTo(65536);
    assertThat(
            new TensorCoreStep(TensorCore.HOPPER, HalfFormat.FLOAT16, DType.F16).of(a, b, 0, 2, 0))
        .isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(
            new TensorCoreStep(TensorCore.HOPPER, HalfFormat.FLOAT16, DType.F16)
                .of(a, b, 0, 1, 32751))
        .as("65519 rounds down")
        .isEqualTo(65504);
  }

  private static float chain(
      TensorCoreStep step, TensorCore core, float[] a, float[] b, int count, float c) {
    float sum = c;
    for (int k = 0; k < count; k += core.terms()) {
      sum = step.of(a, b, k, core.terms(), sum);
    }
    return sum;
  }

  private static float[] operands(short[] bits, int block, HalfFormat format) {
    float[] values = new float[64];
    for (int i = 0; i < values.length; i++) {
      values[i] = format.toFloat(bits[block * values.length + i]);
    }
    return values;
  }

  /** NaN is one value. */
  private static int bits(float x) {
    return Float.floatToIntBits(x);
  }

  private static int word(int bits) {
    return bits(Float.intBitsToFloat(bits));
  }
}
