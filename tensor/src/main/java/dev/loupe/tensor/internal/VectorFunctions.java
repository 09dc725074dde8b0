package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Functions of one number in every lane: the same bits as their scalar twins. */
final class VectorFunctions {
  // Vectors, not numbers: broadcasting each in exp is a third of what C2 has to inline there.
  private static final FloatVector ZERO = all(0);
  private static final FloatVector ONE = all(1);
  private static final FloatVector INFINITY = all(Float.POSITIVE_INFINITY);
  private static final FloatVector EXP_UNDERFLOW = all(Elementary.EXP_UNDERFLOW);
  private static final FloatVector EXP_OVERFLOW = all(Elementary.EXP_OVERFLOW);
  private static final FloatVector LOG2_E = all(Elementary.LOG2_E);
  private static final FloatVector MINUS_LN2_HIGH = all(-Elementary.LN2_HIGH);
  private static final FloatVector MINUS_LN2_LOW = all(-Elementary.LN2_LOW);
  private static final FloatVector ROUND_TO_INT = all(Elementary.ROUND_TO_INT);
  private static final IntVector ROUND_TO_INT_BITS = ROUND_TO_INT.reinterpretAsInts();
  private static final IntVector EXPONENT_BIAS = IntVector.broadcast(VectorWidth.I, 127);

  /** The coefficients of {@link Elementary#EXP_TAIL} by their power. */
  private static final FloatVector EXP_2 = all(Elementary.EXP_TAIL[0]);

  private static final FloatVector EXP_3 = all(Elementary.EXP_TAIL[1]);
  private static final FloatVector EXP_4 = all(Elementary.EXP_TAIL[2]);
  private static final FloatVector EXP_5 = all(Elementary.EXP_TAIL[3]);
  private static final FloatVector EXP_6 = all(Elementary.EXP_TAIL[4]);
  private static final FloatVector EXP_7 = all(Elementary.EXP_TAIL[5]);

  private VectorFunctions() {}

  private static FloatVector all(float x) {
    return FloatVector.broadcast(VectorWidth.F, x);
  }

  /**
   * {@link Elementary#exp} in every lane. NaN needs no special case: every operation propagates it.
   */
  static FloatVector exp(FloatVector x) {
    VectorMask<Float> tooSmall = x.compare(VectorOperators.LT, EXP_UNDERFLOW);
    VectorMask<Float> tooLarge = x.compare(VectorOperators.GT, EXP_OVERFLOW);
    FloatVector e = expInRange(x.blend(ZERO, tooSmall).blend(ZERO, tooLarge));
    return e.blend(ZERO, tooSmall).blend(INFINITY, tooLarge);
  }

  /**
   * The same between the two limits. The whole number n is read from the low bits of the sum that
   * rounds to it: a conversion would need special cases for NaN and the limits of int. A method
   * apart from {@link #exp}, because C2 inlines methods up to 325 bytes of code and boxes the
   * vectors of larger ones.
   */
  private static FloatVector expInRange(FloatVector clamped) {
    FloatVector shifted = clamped.mul(LOG2_E).add(ROUND_TO_INT);
    FloatVector n = shifted.sub(ROUND_TO_INT);
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, clamped));
    FloatVector q = EXP_7.fma(r, EXP_6).fma(r, EXP_5).fma(r, EXP_4).fma(r, EXP_3).fma(r, EXP_2);
    FloatVector p = r.mul(r).fma(q, r).add(ONE);
    IntVector power = shifted.reinterpretAsInts().sub(ROUND_TO_INT_BITS);
    IntVector half = power.lanewise(VectorOperators.ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(power.sub(half)));
  }

  private static FloatVector powerOfTwo(IntVector n) {
    return n.add(EXPONENT_BIAS).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  /** {@link Rounding#round} in every lane. */
  static FloatVector rounded(DType dtype, FloatVector x) {
    return switch (dtype) {
      case F32 -> x;
      case BF16 -> toBFloat16(x);
      case F16 -> toFloat16(x);
      default -> throw new IllegalArgumentException("rounding to " + dtype + " is not defined");
    };
  }

  private static FloatVector toBFloat16(FloatVector x) {
    IntVector bits = x.reinterpretAsInts();
    IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
    IntVector rounded = bits.add(0x7fff).add(odd).and(0xffff0000);
    return rounded.reinterpretAsFloats().blend(Float.NaN, x.test(VectorOperators.IS_NAN));
  }

  /**
   * float16 has 13 fraction bits less. Below 2^-14 its steps are 2^-24, which is what adding 0.5
   * rounds a float32 to.
   */
  private static FloatVector toFloat16(FloatVector x) {
    FloatVector magnitude = x.abs();
    IntVector bits = magnitude.reinterpretAsInts();
    IntVector odd = bits.lanewise(VectorOperators.LSHR, 13).and(1);
    FloatVector rounded = bits.add(0xfff).add(odd).and(0xffffe000).reinterpretAsFloats();
    VectorMask<Float> small = magnitude.compare(VectorOperators.LT, 0x1p-14f);
    rounded = rounded.blend(magnitude.add(0.5f).sub(0.5f), small);
    VectorMask<Float> large = magnitude.compare(VectorOperators.GE, 65520f);
    rounded = rounded.blend(Float.POSITIVE_INFINITY, large);
    rounded = rounded.blend(Float.NaN, x.test(VectorOperators.IS_NAN));
    IntVector sign = x.reinterpretAsInts().and(0x80000000);
    return rounded.reinterpretAsInts().or(sign).reinterpretAsFloats();
  }
}
