package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.TensorCore;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of a matrix unit: vectors against the specification, bit for bit. */
class VectorTensorCoreProductsTest {

  /** Rows, outputs and depth: whole panels and parts of them, whole steps and parts. */
  private static final int[][] SHAPES = {
    {1, 16, 16}, {3, 70, 33}, {2, 64, 257}, {5, 100, 300}, {1, 1, 1}, {2, 16, 0}, {2, 130, 31}
  };

  /** How operands are made: see {@code make_steps.py}, whose classes these are. */
  private enum Kind {
    GAUSS,
    WIDE,
    CANCEL,
    TINY,
    LARGE,
    CODES;

    float operand(SplittableRandom random, HalfFormat format) {
      if (this == CODES) {
        return format.toFloat((short) random.nextInt(1 << 16));
      }
      int range =
          switch (this) {
            case WIDE -> 8;
            case TINY -> 3;
            case LARGE -> 2;
            default -> 0;
          };
      double scale =
          switch (this) {
            case TINY -> 0x1p-19;
            case LARGE -> 2e4;
            default -> 1;
          };
      double x = random.nextGaussian() * scale * Math.pow(2, random.nextInt(-range, range + 1));
      return format.round((float) Math.clamp(x, -65504.0, 65504.0));
    }
  }

  /** One unit with one type and one accumulator. */
  record Unit(TensorCore core, HalfFormat format, DType accumulator) {}

  static List<Unit> units() {
    List<Unit> units = new ArrayList<>();
    for (TensorCore core : TensorCore.values()) {
      units.add(new Unit(core, HalfFormat.FLOAT16, DType.F32));
      units.add(new Unit(core, HalfFormat.FLOAT16, DType.F16));
      if (core.hasBFloat16()) {
        units.add(new Unit(core, HalfFormat.BFLOAT16, DType.F32));
      }
    }
    return units;
  }

  @BeforeEach
  void requireVectors() {
    assumeTrue(KernelsProvider.vectorsAvailable(), "needs --add-modules jdk.incubator.vector");
  }

  @ParameterizedTest
  @MethodSource("units")
  void everyShapeAndKindOfOperandHasTheBitsOfTheSpecification(Unit unit) {
    for (Kind kind : Kind.values()) {
      for (int[] shape : SHAPES) {
        assertSame(unit, kind, shape, 1);
      }
    }
  }

  /** What is accumulated is so small that it counts only where no product does. */
  @Test
  void aSubnormalAccumulatorStaysWhereProductsAreZero() {
    Unit unit = new Unit(TensorCore.HOPPER, HalfFormat.BFLOAT16, DType.F32);
    try (Arena arena = Arena.ofConfined()) {
      float[] a = new float[33];
      a[1] = 0x1p-70f;
      float[] w = new float[32];
      w[0] = -0x1.8p-70f;
      PanelMatrix matrix = PanelMatrix.allocate(arena, DType.F32, 1, 32);
      matrix.packPanels(Tensor.ofFloats(arena, w, 1, 32), DType.F32, 0, 1);
      int[] sum =
          multiply(
              new VectorTensorCoreProducts(unit.core, unit.format, unit.accumulator),
              Tensor.ofFloats(arena, a, 1, 33),
              matrix,
              new float[1],
              false,
              arena);

      assertThat(Float.intBitsToFloat(sum[0])).isEqualTo(-0x1.8p-140f);
    }
  }

  @ParameterizedTest
  @MethodSource("units")
  @Tag("exhaustive")
  void aMillionBlocksHaveTheBitsOfTheSpecification(Unit unit) {
    int blocks = 0;
    for (long seed = 2; blocks < 1_000_000; seed++) {
      for (Kind kind : Kind.values()) {
        assertSame(unit, kind, new int[] {8, 64, 64}, seed);
        blocks += 8 * 64;
      }
    }
  }

  private static void assertSame(Unit unit, Kind kind, int[] shape, long seed) {
    SplittableRandom random = new SplittableRandom(seed * 31 + kind.ordinal());
    int rows = shape[0];
    int outputs = shape[1];
    int depth = shape[2];
    try (Arena arena = Arena.ofConfined()) {
      Tensor a = Tensor.allocate(arena, DType.F32, rows, depth + 1);
      for (int i = 0; i < rows * (depth + 1); i++) {
        a.segment().set(Tensor.FLOAT, i * 4L, kind.operand(random, unit.format));
      }
      for (DType stored : List.of(DType.F32, DType.F16, DType.BF16)) {
        if (stored != DType.F32 && HalfFormat.of(stored) != unit.format) {
          continue;
        }
        PanelMatrix w = weights(arena, stored, outputs, depth, a, kind, unit.format, random);
        for (boolean accumulate : new boolean[] {false, true}) {
          float[] start = new float[rows * outputs];
          for (int i = 0; i < start.length; i++) {
            float c = Float.intBitsToFloat(random.nextInt());
            float ordinary = (float) random.nextGaussian() * 1000;
            c = kind == Kind.CODES ? c : ordinary;
            start[i] = unit.accumulator == DType.F16 ? HalfFormat.FLOAT16.round(c) : c;
          }
          int[] expected =
              multiply(
                  new TensorCoreProducts(unit.core, unit.format, unit.accumulator),
                  a,
                  w,
                  start,
                  accumulate,
                  arena);
          int[] found =
              multiply(
                  new VectorTensorCoreProducts(unit.core, unit.format, unit.accumulator),
                  a,
                  w,
                  start,
                  accumulate,
                  arena);
          assertThat(found)
              .as("%s %s %s %s %d", unit, kind, stored, accumulate, seed)
              .isEqualTo(expected);
        }
      }
    }
  }

  private static PanelMatrix weights(
      Arena arena,
      DType stored,
      int outputs,
      int depth,
      Tensor a,
      Kind kind,
      HalfFormat format,
      SplittableRandom random) {
    Tensor t = Tensor.allocate(arena, stored, outputs, depth);
    for (int n = 0; n < outputs; n++) {
      for (int k = 0; k < depth; k++) {
        float x = kind.operand(random, format);
        if (kind == Kind.CANCEL && k % 2 == 1) {
          float before = t.getFloat((long) n * depth + k - 1);
          x = format.round(-before * (1 + random.nextInt(3) * 0x1p-8f));
        }
        long at = (long) n * depth + k;
        if (stored == DType.F32) {
          t.segment().set(Tensor.FLOAT, at * 4, x);
        } else {
          t.segment().set(Tensor.HALF, at * 2, format.fromFloat(x));
        }
      }
    }
    PanelMatrix w = PanelMatrix.allocate(arena, stored, outputs, depth);
    w.packPanels(t, stored, 0, w.panels());
    return w;
  }

  private static int[] multiply(
      Products products, Tensor a, PanelMatrix w, float[] start, boolean accumulate, Arena arena) {
    int rows = a.rowCount();
    Tensor c = Tensor.ofFloats(arena, start, rows, w.outputs());
    Rows x = new Rows(a.segment(), 1, w.depth() + 1, rows);
    products.multiply(
        x, w, PanelRange.all(w), Rows.of(c), accumulate, new float[products.scratch()]);
    return KernelNumbers.bits(c);
  }
}
