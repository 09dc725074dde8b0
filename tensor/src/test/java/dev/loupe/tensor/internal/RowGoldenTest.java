package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.BFloat16;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Float16;
import dev.loupe.tensor.GoldenFile;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Operations on rows against PyTorch 2.13 on the CPU. Each test counts the elements that differ by
 * one unit in the last place of the 16-bit type, by two and so on.
 */
class RowGoldenTest {

  static Stream<Arguments> kernelsAndTypes() {
    return Stream.of(KernelsProvider.scalar(), KernelsProvider.best())
        .flatMap(k -> Stream.of(DType.BF16, DType.F16).map(dtype -> Arguments.of(k, dtype)));
  }

  private static GoldenFile golden(DType dtype) throws IOException {
    String name = dtype == DType.F16 ? "float16" : "bfloat16";
    return GoldenFile.shared("goldens/half/half-" + name + ".safetensors");
  }

  /** The golden's numbers, widened. */
  private static Tensor floats(Arena arena, DType dtype, GoldenFile golden, String name) {
    short[] bits = golden.shorts(name);
    float[] values = new float[bits.length];
    for (int i = 0; i < bits.length; i++) {
      values[i] = dtype == DType.F16 ? Float16.toFloat(bits[i]) : BFloat16.toFloat(bits[i]);
    }
    return Tensor.ofFloats(arena, values, golden.tensor(name).shape().toArray());
  }

  /**
   * How many elements differ, by how many units in the last place (0: only by its sign); NaN equals
   * NaN and is as far as can be from a number.
   */
  private static Map<Integer, Integer> differences(
      String what, DType dtype, Tensor expected, Tensor found) {
    Map<Integer, Integer> byUlps = new TreeMap<>();
    int elements = Math.toIntExact(expected.shape().elements());
    for (int i = 0; i < elements; i++) {
      float e = expected.getFloat(i);
      float f = found.getFloat(i);
      if (Float.isNaN(e) != Float.isNaN(f)) {
        byUlps.merge(Integer.MAX_VALUE, 1, Integer::sum);
      } else if (Float.compare(e, f) != 0) {
        byUlps.merge(Math.abs(place(dtype, e) - place(dtype, f)), 1, Integer::sum);
      }
    }
    System.out.printf("%-9s %-4s of %d elements by ulps: %s%n", what, dtype, elements, byUlps);
    return byUlps;
  }

  /** The number's place in the order of all numbers of its type. */
  private static int place(DType dtype, float x) {
    short bits = dtype == DType.F16 ? Float16.fromFloat(x) : BFloat16.fromFloat(x);
    int magnitude = bits & 0x7FFF;
    return bits < 0 ? -magnitude : magnitude;
  }

  @ParameterizedTest
  @MethodSource("kernelsAndTypes")
  void softmaxEqualsPyTorchInEveryElement(Arithmetic kernels, DType dtype) throws IOException {
    GoldenFile golden = golden(dtype);
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = floats(arena, dtype, golden, "softmax.in");
      int width = x.columnCount();
      for (int r = 0; r < x.rowCount(); r++) {
        kernels.rows().softmax(dtype, x.segment(), (long) r * width, width);
      }
      Tensor expected = floats(arena, dtype, golden, "softmax.out");
      assertThat(differences("softmax", dtype, expected, x)).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("kernelsAndTypes")
  void rmsNormEqualsPyTorchInEveryElement(Arithmetic kernels, DType dtype) throws IOException {
    GoldenFile golden = golden(dtype);
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = floats(arena, dtype, golden, "rmsnorm.in");
      Tensor weight = floats(arena, dtype, golden, "rmsnorm.weight");
      Tensor y = Tensor.allocate(arena, DType.F32, x.shape().toArray());
      for (int r = 0; r < x.rowCount(); r++) {
        kernels.rows().rmsNorm(dtype, Row.of(x, r), weight.segment(), 1e-6f, Row.of(y, r));
      }
      Tensor expected = floats(arena, dtype, golden, "rmsnorm.out");
      assertThat(differences("rmsnorm", dtype, expected, y)).isEmpty();
    }
  }

  /** One element of 5,120 lies so near a tie that (x - mean) rstd falls on the other side of it. */
  @ParameterizedTest
  @MethodSource("kernelsAndTypes")
  void layerNormDiffersInOneElementByOneUnitAtMost(Arithmetic kernels, DType dtype)
      throws IOException {
    GoldenFile golden = golden(dtype);
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = floats(arena, dtype, golden, "layernorm.in");
      Tensor weight = floats(arena, dtype, golden, "layernorm.weight");
      Tensor bias = floats(arena, dtype, golden, "layernorm.bias");
      Tensor y = Tensor.allocate(arena, DType.F32, x.shape().toArray());
      for (int r = 0; r < x.rowCount(); r++) {
        Row to = Row.of(y, r);
        kernels.rows().layerNorm(dtype, Row.of(x, r), weight.segment(), bias.segment(), 1e-6f, to);
      }
      Tensor expected = floats(arena, dtype, golden, "layernorm.out");
      Map<Integer, Integer> byUlps = differences("layernorm", dtype, expected, y);
      assertThat(byUlps.keySet()).isSubsetOf(1);
      assertThat(byUlps.getOrDefault(1, 0)).isLessThanOrEqualTo(dtype == DType.F16 ? 1 : 0);
    }
  }

  /**
   * float16: five of 2,304, two of them by more than one unit, where product and bias cancel so
   * that a unit is less than the sum's own error. {@link #inPyTorchsOrderEveryElementIsEqual} shows
   * that nothing but the order is behind it.
   */
  @ParameterizedTest
  @MethodSource("kernelsAndTypes")
  void linearDiffersInFiveElementsAtMost(Arithmetic kernels, DType dtype) throws IOException {
    GoldenFile golden = golden(dtype);
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = floats(arena, dtype, golden, "linear.x");
      Tensor weight = floats(arena, dtype, golden, "linear.w");
      Tensor bias = floats(arena, dtype, golden, "linear.b");
      int outputs = weight.rowCount();
      PanelMatrix panels = PanelMatrix.allocate(arena, DType.F32, outputs, x.columnCount());
      panels.packPanels(weight, dtype, 0, panels.panels());
      Tensor y = Tensor.allocate(arena, DType.F32, x.rowCount(), outputs);
      kernels
          .products()
          .linear(
              Rows.of(x),
              panels,
              PanelRange.all(panels),
              Rows.of(y),
              new Epilogue(dtype, Optional.of(bias.segment())),
              new float[kernels.products().scratch()]);
      Tensor expected = floats(arena, dtype, golden, "linear.out");
      Map<Integer, Integer> byUlps = differences("linear", dtype, expected, y);
      assertThat(byUlps).isEqualTo(dtype == DType.F16 ? Map.of(1, 3, 2, 1, 10, 1) : Map.of());
    }
  }

  /**
   * PyTorch's float16 product adds in 64 lanes, k in lane k mod 64, and folds them by halves.
   * (Products of two float16 numbers are exact in float32, so it does not matter whether it fuses.)
   */
  @ParameterizedTest
  @EnumSource(names = "F16")
  void inPyTorchsOrderEveryElementIsEqual(DType dtype) throws IOException {
    GoldenFile golden = golden(dtype);
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = floats(arena, dtype, golden, "linear.x");
      Tensor weight = floats(arena, dtype, golden, "linear.w");
      Tensor bias = floats(arena, dtype, golden, "linear.b");
      int depth = x.columnCount();
      int outputs = weight.rowCount();
      float[] y = new float[x.rowCount() * outputs];
      for (int i = 0; i < y.length; i++) {
        int row = i / outputs;
        int output = i % outputs;
        float sum = sumInLanes(x, row, weight, output, depth) + bias.getFloat(output);
        y[i] = Rounding.round(dtype, sum);
      }
      Tensor found = Tensor.ofFloats(arena, y, x.rowCount(), outputs);
      Tensor expected = floats(arena, dtype, golden, "linear.out");
      assertThat(differences("64 lanes", dtype, expected, found)).isEmpty();
    }
  }

  private static float sumInLanes(Tensor x, int row, Tensor weight, int output, int depth) {
    float[] lanes = new float[64];
    for (int k = 0; k < depth; k++) {
      lanes[k % lanes.length] +=
          x.getFloat((long) row * depth + k) * weight.getFloat((long) output * depth + k);
    }
    for (int half = lanes.length / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }
}
