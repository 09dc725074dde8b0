package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;
import static dev.loupe.tensor.internal.VectorWidth.F;
import static dev.loupe.tensor.internal.VectorWidth.I;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.TensorCore;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A matrix unit that computes 384 outputs of a row side by side: {@link TensorCoreStep} with
 * vectors. The memory of one thread.
 *
 * <p>The largest exponent of each step and output is found first, in 16-bit integers. A product is
 * exact in float32. Times a power of two it becomes a number whose whole part is the aligned term,
 * so the conversion to int, which cuts off toward zero, aligns it. A term has at most 27 bits then:
 * an int holds the sum of sixteen, and a carry beyond it, when the accumulator is added, is seen.
 *
 * <p>Where a number is not finite, an exponent is beyond float32, or the sum beyond an int, the
 * scalar step computes this output once more.
 */
final class VectorTensorCore {
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

  /** Panels that are computed together: many, since the loops over their outputs are short. */
  static final int PANELS = 24;

  /** Steps of the depth that are laid out at once, a multiple of the terms of every unit. */
  static final int DEPTH = 64;

  private static final int WIDE = PANELS * LANES;

  private static final VectorSpecies<Short> S = ShortVector.SPECIES_PREFERRED;

  /** As many lanes as {@link VectorWidth#I}. */
  private static final VectorSpecies<Short> S_OF_I =
      VectorSpecies.of(short.class, VectorShape.forBitSize(I.vectorBitSize() / 2));

  /** Stands for the exponent of zero: a product with it has none that counts. */
  private static final int ZERO = -1000;

  /** Stands for the exponent of an infinity or NaN: the scalar step computes with it. */
  private static final int NOT_ORDINARY = 3000;

  /** No product that counts has an exponent as low. */
  private static final int NO_TERM = -700;

  /**
   * Exponents from which on products and scales are ordinary float32 numbers: what is lost of a
   * subnormal product would be cut off anyway.
   */
  private static final int LEAST = -70;

  /**
   * Weights are laid out smaller by this power of two, so that what aligns a term is an exponent to
   * add, never one to take away: with a zero it makes a number below 1 then.
   */
  private static final int SMALLER = 24;

  private static final float SMALL = 0x1p-24f;

  /** Below it, a bfloat16 number that is made smaller would be subnormal. */
  private static final float SMALLEST = 0x1p-102f;

  private static final int FLOAT_BIAS = 127;
  private static final int FLOAT_FRACTION = 23;
  private static final int SIGN = 0x80000000;

  private final TensorCoreStep step;
  private final int terms;
  private final int fractionBits;
  private final int minExponent;
  private final boolean half;

  private final float[] weights = new float[DEPTH * WIDE];
  private final short[] weightExponents = new short[DEPTH * WIDE];
  private final float[] row = new float[DEPTH];
  private final short[] rowExponents = new short[DEPTH];
  private final short[] largest = new short[DEPTH / 4 * WIDE];
  private final int[] exponents = new int[WIDE];
  private final int[] scales = new int[WIDE];
  private final int[] products = new int[WIDE];

  /** Below zero for an output that the scalar step has to compute. */
  private final int[] odd = new int[WIDE];

  private final float[] x = new float[LANES];
  private final float[] y = new float[LANES];
  private float[] sums = new float[WIDE];
  private float[] next = new float[WIDE];
  private PanelMatrix source;
  private int firstPanel;
  private int firstStep;
  private int steps;
  private int outputs;
  private int depth;

  VectorTensorCore(TensorCore core, HalfFormat format, DType accumulator) {
    this.step = new TensorCoreStep(core, format, accumulator);
    this.terms = core.terms();
    this.fractionBits = core.fractionBits();
    this.minExponent = format.minExponent();
    this.half = accumulator == DType.F16;
  }

  /**
   * Lays out weights and their exponents, [depth][384].
   *
   * @param count how many panels from {@code panel} on
   * @param first the first step of the depth
   * @param steps how many
   */
  void layOut(PanelMatrix w, int panel, int count, int first, int steps) {
    this.source = w;
    this.firstPanel = panel;
    this.firstStep = first;
    this.steps = steps;
    outputs = count * LANES;
    depth = (steps + terms - 1) / terms * terms;
    for (int p = 0; p < count; p++) {
      int lanes = Math.min(LANES, w.outputs() - (panel + p) * LANES);
      for (int k = 0; k < steps; k++) {
        int at = k * WIDE + p * LANES;
        widen(w, panel + p, first + k, at);
        if (lanes < LANES) {
          Arrays.fill(weights, at + lanes, at + LANES, 0); // Unspecified there, even NaN.
        }
      }
    }
    Arrays.fill(weights, steps * WIDE, depth * WIDE, 0);
    exponents(weights, weightExponents, depth * WIDE);
    makeSmaller();
  }

  /** Multiplies the weights by {@link #SMALL}; those that would lose bits are no ordinary ones. */
  private void makeSmaller() {
    for (int i = 0; i < depth * WIDE; i += F.length()) {
      FloatVector w = FloatVector.fromArray(F, weights, i);
      w.mul(SMALL).intoArray(weights, i);
      VectorMask<Float> lost =
          w.abs().compare(VectorOperators.LT, SMALLEST).andNot(w.compare(VectorOperators.EQ, 0));
      for (int lane = 0; lost.anyTrue() && lane < F.length(); lane++) {
        if (lost.laneIsSet(lane)) {
          weightExponents[i + lane] = NOT_ORDINARY;
        }
      }
    }
  }

  /** The weights of a panel at one step of the depth, as float32 numbers. */
  private void widen(PanelMatrix w, int panel, int k, int at) {
    if (w.quantised()) {
      for (int lane = 0; lane < LANES; lane++) {
        weights[at + lane] = w.weight(panel, k, lane);
      }
      return;
    }
    for (int lane = 0; lane < LANES; lane += F.length()) {
      FloatVector v;
      if (w.dtype() == DType.F32) {
        v =
            FloatVector.fromMemorySegment(
                F, w.data(), w.panelOffset(panel) + k * 64L + lane * 4L, LE);
      } else {
        long word = w.panelOffset(panel) + (k >> 1) * 64L + lane * 4L;
        IntVector bits = IntVector.fromMemorySegment(I, w.data(), word, LE);
        IntVector high =
            (k & 1) == 0 ? bits.lanewise(VectorOperators.LSHL, 16) : bits.and(0xffff0000);
        v = w.dtype() == DType.BF16 ? high.reinterpretAsFloats() : float16(high);
      }
      v.intoArray(weights, at + lane);
    }
  }

  /** Numbers whose float16 bits are the high halves. */
  private static FloatVector float16(IntVector high) {
    FloatVector v =
        high.lanewise(VectorOperators.ASHR, 3)
            .and(0x8fffe000)
            .reinterpretAsFloats()
            .mul(PanelProducts.REBIAS);
    VectorMask<Integer> special = high.and(0x7c000000).compare(VectorOperators.EQ, 0x7c000000);
    return v.reinterpretAsInts()
        .lanewise(VectorOperators.OR, 0x7f800000, special)
        .reinterpretAsFloats();
  }

  private void exponents(float[] numbers, short[] to, int count) {
    for (int i = 0; i < count; i += I.length()) {
      IntVector bits = FloatVector.fromArray(F, numbers, i).reinterpretAsInts().and(0x7fffffff);
      IntVector e =
          bits.lanewise(VectorOperators.LSHR, FLOAT_FRACTION).sub(FLOAT_BIAS).max(minExponent);
      e = e.blend(ZERO, bits.compare(VectorOperators.EQ, 0));
      e = e.blend(NOT_ORDINARY, bits.compare(VectorOperators.GE, 0x7f800000));
      ((ShortVector) e.convertShape(VectorOperators.I2S, S_OF_I, 0)).intoArray(to, i);
    }
  }

  /** Takes what was accumulated before, or +0. */
  void begin(MemorySegment c, long at, int columns, boolean accumulate) {
    if (accumulate) {
      MemorySegment.copy(c, Tensor.FLOAT, at * 4, sums, 0, columns);
    } else {
      Arrays.fill(sums, 0, outputs, 0);
    }
  }

  /** Writes what is accumulated. */
  void end(MemorySegment c, long at, int columns) {
    MemorySegment.copy(sums, 0, c, Tensor.FLOAT, at * 4, columns);
  }

  /** Adds the products of a row with the weights. */
  void row(MemorySegment a, long at, int count) {
    MemorySegment.copy(a, Tensor.FLOAT, at * 4, row, 0, count);
    Arrays.fill(row, count, depth, 0);
    exponents(row, rowExponents, depth);
    largest();
    for (int s = 0; s < depth / terms; s++) {
      boolean ordinary = scales(s);
      multiply(s * terms);
      ordinary &= add();
      if (!ordinary) {
        scalar(s * terms);
      }
      float[] before = sums;
      sums = next;
      next = before;
    }
  }

  /** The largest exponent of the products of each step. */
  private void largest() {
    for (int s = 0; s < depth / terms; s++) {
      for (int n = 0; n < outputs; n += S.length()) {
        ShortVector e = fourExponents(weightExponents, rowExponents, s * terms, n);
        for (int k = s * terms + 4; k < (s + 1) * terms; k += 4) {
          e = e.max(fourExponents(weightExponents, rowExponents, k, n));
        }
        e.intoArray(largest, s * WIDE + n);
      }
    }
  }

  private static ShortVector fourExponents(short[] w, short[] a, int k, int n) {
    int at = k * WIDE + n;
    ShortVector e0 = ShortVector.fromArray(S, w, at).add(a[k]);
    ShortVector e1 = ShortVector.fromArray(S, w, at + WIDE).add(a[k + 1]);
    ShortVector e2 = ShortVector.fromArray(S, w, at + 2 * WIDE).add(a[k + 2]);
    ShortVector e3 = ShortVector.fromArray(S, w, at + 3 * WIDE).add(a[k + 3]);
    return e0.max(e1).max(e2.max(e3));
  }

  /**
   * The largest exponent of all terms, and the power of two that aligns them; false if one is odd.
   */
  private boolean scales(int s) {
    IntVector any = IntVector.zero(I);
    for (int n = 0; n < outputs; n += I.length()) {
      IntVector e =
          (IntVector)
              ShortVector.fromArray(S_OF_I, largest, s * WIDE + n)
                  .convertShape(VectorOperators.S2I, I, 0);
      IntVector c = FloatVector.fromArray(F, sums, n).reinterpretAsInts().and(0x7fffffff);
      IntVector ce = c.lanewise(VectorOperators.LSHR, FLOAT_FRACTION).sub(FLOAT_BIAS);
      e = e.max(ce.blend(2 * ZERO, c.compare(VectorOperators.EQ, 0)));
      IntVector clamped = e.max(LEAST);
      IntVector beyond =
          e.neg().add(fractionBits + SMALLER - 1).or(e.sub(LEAST).and(e.neg().add(NO_TERM)));
      beyond.intoArray(odd, n);
      any = any.or(beyond);
      clamped.intoArray(exponents, n);
      clamped
          .neg()
          .add(fractionBits + SMALLER)
          .lanewise(VectorOperators.LSHL, FLOAT_FRACTION)
          .intoArray(scales, n);
    }
    return !any.compare(VectorOperators.LT, 0).anyTrue();
  }

  private void multiply(int first) {
    four(first);
    for (int k = first + 4; k < first + terms; k += 4) {
      fourMore(k);
    }
  }

  private void four(int k) {
    for (int n = 0; n < outputs; n += F.length()) {
      fourTerms(weights, row, k, n, IntVector.fromArray(I, scales, n)).intoArray(products, n);
    }
  }

  private void fourMore(int k) {
    for (int n = 0; n < outputs; n += F.length()) {
      IntVector scale = IntVector.fromArray(I, scales, n);
      IntVector sum = IntVector.fromArray(I, products, n);
      sum.add(fourTerms(weights, row, k, n, scale)).intoArray(products, n);
    }
  }

  private static IntVector fourTerms(float[] w, float[] a, int k, int n, IntVector scale) {
    int at = k * WIDE + n;
    FloatVector p0 = FloatVector.fromArray(F, w, at).mul(a[k]);
    FloatVector p1 = FloatVector.fromArray(F, w, at + WIDE).mul(a[k + 1]);
    FloatVector p2 = FloatVector.fromArray(F, w, at + 2 * WIDE).mul(a[k + 2]);
    FloatVector p3 = FloatVector.fromArray(F, w, at + 3 * WIDE).mul(a[k + 3]);
    return whole(p0, scale).add(whole(p1, scale)).add(whole(p2, scale).add(whole(p3, scale)));
  }

  /** The whole part of x 2^n, for n as an exponent in place. */
  private static IntVector whole(FloatVector x, IntVector n) {
    return (IntVector)
        x.reinterpretAsInts().add(n).reinterpretAsFloats().convert(VectorOperators.F2I, 0);
  }

  /** Adds the aligned accumulator, and makes a number of the sum; false if one is beyond an int. */
  private boolean add() {
    IntVector any = IntVector.zero(I);
    for (int n = 0; n < outputs; n += I.length()) {
      IntVector terms = IntVector.fromArray(I, products, n);
      IntVector before =
          whole(FloatVector.fromArray(F, sums, n).mul(SMALL), IntVector.fromArray(I, scales, n));
      IntVector total = terms.add(before);
      IntVector carry =
          terms
              .lanewise(VectorOperators.XOR, total)
              .and(before.lanewise(VectorOperators.XOR, total));
      IntVector.fromArray(I, odd, n).or(carry).intoArray(odd, n);
      any = any.or(carry);
      IntVector magnitude = total.abs();
      IntVector cut = magnitude.lanewise(VectorOperators.LEADING_ZEROS_COUNT).neg().add(8).max(0);
      IntVector kept =
          magnitude.and(IntVector.broadcast(I, -1).lanewise(VectorOperators.LSHL, cut));
      if (half) {
        kept = toOdd(magnitude, kept, cut);
      }
      FloatVector unit =
          IntVector.fromArray(I, exponents, n)
              .add(FLOAT_BIAS - fractionBits)
              .lanewise(VectorOperators.LSHL, FLOAT_FRACTION)
              .reinterpretAsFloats();
      FloatVector sum =
          ((FloatVector) kept.convert(VectorOperators.I2F, 0))
              .mul(unit)
              .reinterpretAsInts()
              .or(total.and(SIGN))
              .reinterpretAsFloats();
      (half ? VectorFunctions.rounded(DType.F16, sum) : sum).intoArray(next, n);
    }
    return !any.compare(VectorOperators.LT, 0).anyTrue();
  }

  /** Rounded to odd, so that rounding to float16 afterwards is as rounding once. */
  private static IntVector toOdd(IntVector magnitude, IntVector kept, IntVector cut) {
    VectorMask<Integer> lost = magnitude.compare(VectorOperators.NE, kept);
    return kept.lanewise(
        VectorOperators.OR, IntVector.broadcast(I, 1).lanewise(VectorOperators.LSHL, cut), lost);
  }

  /** Computes the odd outputs of a step. */
  private void scalar(int first) {
    int columns = Math.min(outputs, source.outputs() - firstPanel * LANES);
    int count = Math.min(terms, steps - first);
    for (int n = 0; n < columns; n++) {
      if (odd[n] < 0) {
        for (int k = 0; k < count; k++) {
          x[k] = row[first + k];
          y[k] = source.weight(firstPanel + n / LANES, firstStep + first + k, n % LANES);
        }
        next[n] = step.of(x, y, 0, count, sums[n]);
      }
    }
  }
}
