package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;

/** Rounding of a float32 to a value of a narrower type, kept in float32: nearest, ties to even. */
public final class Rounding {
  private Rounding() {}

  /** x as the nearest value of the type. */
  public static float round(DType dtype, float x) {
    return switch (dtype) {
      case F32 -> x;
      case BF16 -> toBFloat16(x);
      case F16 -> Float.float16ToFloat(Float.floatToFloat16(x));
      default -> throw new IllegalArgumentException("rounding to " + dtype + " is not defined");
    };
  }

  /**
   * Adds just under half of the last kept place (0x7fff), plus one more if that place is odd, and
   * drops 16 bits; infinities have no bits to carry into, NaN is left as it is.
   */
  private static float toBFloat16(float x) {
    if (Float.isNaN(x)) {
      return Float.NaN;
    }
    int bits = Float.floatToRawIntBits(x);
    int rounded = bits + 0x7fff + (bits >>> 16 & 1);
    return Float.intBitsToFloat(rounded & 0xffff0000);
  }
}
