package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Functions of one number in every lane: the same bits as their scalar twins. */
final class VectorFunctions {
  private static final VectorSpecies<Float> F = VectorKernels.F;

  /** The coefficients of {@link Elementary#EXP_TAIL} by their power, as constants of the code. */
  private static final float EXP_2 = Elementary.EXP_TAIL[0];

  private static final float EXP_3 = Elementary.EXP_TAIL[1];
  private static final float EXP_4 = Elementary.EXP_TAIL[2];
  private static final float EXP_5 = Elementary.EXP_TAIL[3];
  private static final float EXP_6 = Elementary.EXP_TAIL[4];
  private static final float EXP_7 = Elementary.EXP_TAIL[5];
  private static final float EXP_8 = Elementary.EXP_TAIL[6];

  private static final int ROUND_TO_INT_BITS = Float.floatToRawIntBits(Elementary.ROUND_TO_INT);

  private VectorFunctions() {}

  /** {@link Elementary#exp} in every lane. NaN needs no care: every operation hands it on. */
  static FloatVector exp(FloatVector x) {
    VectorMask<Float> tooSmall = x.compare(VectorOperators.LT, Elementary.EXP_UNDERFLOW);
    VectorMask<Float> tooLarge = x.compare(VectorOperators.GT, Elementary.EXP_OVERFLOW);
    FloatVector e = expInRange(x.blend(0f, tooSmall).blend(0f, tooLarge));
    return e.blend(0f, tooSmall).blend(Float.POSITIVE_INFINITY, tooLarge);
  }

  /**
   * The same between the two limits. The whole number n is read from the low bits of the sum that
   * rounds to it: a conversion would have to mind NaN and the ends of int. Apart from {@link #exp},
   * because C2 inlines methods up to 325 bytes of code and boxes the vectors of larger ones.
   */
  private static FloatVector expInRange(FloatVector clamped) {
    FloatVector shifted =
        clamped.fma(
            FloatVector.broadcast(F, Elementary.LOG2_E),
            FloatVector.broadcast(F, Elementary.ROUND_TO_INT));
    FloatVector n = shifted.sub(Elementary.ROUND_TO_INT);
    FloatVector exact = n.fma(FloatVector.broadcast(F, -Elementary.LN2_HIGH), clamped);
    FloatVector r = n.fma(FloatVector.broadcast(F, -Elementary.LN2_LOW), exact);
    FloatVector lostOfR = n.fma(FloatVector.broadcast(F, -Elementary.LN2_LOW), exact.sub(r));
    FloatVector q =
        r.fma(FloatVector.broadcast(F, EXP_8), FloatVector.broadcast(F, EXP_7))
            .fma(r, FloatVector.broadcast(F, EXP_6))
            .fma(r, FloatVector.broadcast(F, EXP_5))
            .fma(r, FloatVector.broadcast(F, EXP_4))
            .fma(r, FloatVector.broadcast(F, EXP_3))
            .fma(r, FloatVector.broadcast(F, EXP_2));
    FloatVector s = r.add(1f);
    FloatVector lostOfS = r.sub(s.sub(1f));
    FloatVector p = s.add(r.mul(r).fma(q, lostOfR).add(lostOfS));
    IntVector power = shifted.reinterpretAsInts().sub(ROUND_TO_INT_BITS);
    IntVector half = power.lanewise(VectorOperators.ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(power.sub(half)));
  }

  private static FloatVector powerOfTwo(IntVector n) {
    return n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
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
