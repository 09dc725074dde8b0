package dev.loupe.tensor;

/**
 * A float16 number: IEEE 754 binary16, {@code F16} in safetensors. One sign bit, five exponent
 * bits, ten fraction bits; largest finite value 65504, spacing 2^-24 below 2^-14.
 *
 * <p>Arithmetic is that of {@link HalfFormat#FLOAT16}, which has the same operations on bits and
 * more: each is rounded once, to nearest, ties to even; a result of at least {@value #OVERFLOW}
 * becomes infinity.
 *
 * @param bits the number as it lies in memory
 */
public record Float16(short bits) implements Comparable<Float16> {
  private static final HalfFormat FORMAT = HalfFormat.FLOAT16;

  /** The smallest magnitude that rounds to infinity: the tie between 65504 and 65536. */
  public static final float OVERFLOW = 65520f;

  public static final Float16 ZERO = new Float16((short) 0);
  public static final Float16 ONE = new Float16((short) 0x3C00);

  /** 65504. */
  public static final Float16 MAX_VALUE = new Float16((short) 0x7BFF);

  /** 2^-14, the smallest positive normal number. */
  public static final Float16 MIN_NORMAL = new Float16((short) 0x0400);

  /** 2^-24, the smallest positive number. */
  public static final Float16 MIN_VALUE = new Float16((short) 0x0001);

  public static final Float16 POSITIVE_INFINITY = new Float16((short) 0x7C00);
  public static final Float16 NEGATIVE_INFINITY = new Float16((short) 0xFC00);

  /** The canonical NaN, 0x7FFF. */
  public static final Float16 NaN = new Float16(HalfFormat.NAN);

  /** The float16 nearest to {@code x}. */
  public static Float16 valueOf(float x) {
    return new Float16(FORMAT.fromFloat(x));
  }

  /** The float16 nearest to {@code x}, rounded once. */
  public static Float16 valueOf(double x) {
    return new Float16(FORMAT.fromDouble(x));
  }

  /** The float16 nearest to the decimal {@code text}; see {@link HalfFormat#parse}. */
  public static Float16 valueOf(String text) {
    return new Float16(FORMAT.parse(text));
  }

  /** The bits of the float16 nearest to {@code x}; a NaN becomes {@link #NaN}. */
  public static short fromFloat(float x) {
    return FORMAT.fromFloat(x);
  }

  /** The number with these bits, exactly. */
  public static float toFloat(short bits) {
    return FORMAT.toFloat(bits);
  }

  /** The number, exactly. */
  public float floatValue() {
    return FORMAT.toFloat(bits);
  }

  /** The number, exactly. */
  public double doubleValue() {
    return FORMAT.toDouble(bits);
  }

  /** {@code this + other}, rounded once. */
  public Float16 add(Float16 other) {
    return new Float16(FORMAT.add(bits, other.bits));
  }

  /** {@code this - other}, rounded once. */
  public Float16 subtract(Float16 other) {
    return new Float16(FORMAT.subtract(bits, other.bits));
  }

  /** {@code this * factor}, rounded once. */
  public Float16 multiply(Float16 factor) {
    return new Float16(FORMAT.multiply(bits, factor.bits));
  }

  /** {@code this / divisor}, rounded once. */
  public Float16 divide(Float16 divisor) {
    return new Float16(FORMAT.divide(bits, divisor.bits));
  }

  /** {@code this * factor + summand}, rounded once. */
  public Float16 fma(Float16 factor, Float16 summand) {
    return new Float16(FORMAT.fma(bits, factor.bits, summand.bits));
  }

  /** The square root, rounded once; NaN below 0. */
  public Float16 sqrt() {
    return new Float16(FORMAT.sqrt(bits));
  }

  /** The number with the other sign, also of a NaN. */
  public Float16 negate() {
    return new Float16(FORMAT.negate(bits));
  }

  /** The number without its sign. */
  public Float16 abs() {
    return new Float16(FORMAT.abs(bits));
  }

  /** Whether this is a NaN. */
  public boolean isNaN() {
    return FORMAT.isNaN(bits);
  }

  /** Whether this is an infinity. */
  public boolean isInfinite() {
    return FORMAT.isInfinite(bits);
  }

  /** Neither infinite nor NaN. */
  public boolean isFinite() {
    return FORMAT.isFinite(bits);
  }

  /** As {@link HalfFormat#compare}; consistent with equals, which compares the bits. */
  @Override
  public int compareTo(Float16 other) {
    return FORMAT.compare(bits, other.bits);
  }

  /** As {@link HalfFormat#toString(short)}. */
  @Override
  public String toString() {
    return FORMAT.toString(bits);
  }
}
