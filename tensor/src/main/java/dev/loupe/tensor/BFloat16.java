package dev.loupe.tensor;

/**
 * A bfloat16 number: the upper half of a float32, {@code BF16} in safetensors. One sign bit, eight
 * exponent bits, seven fraction bits; the range of float32, spacing 2^-133 below 2^-126.
 *
 * <p>Arithmetic is that of {@link HalfFormat#BFLOAT16}, which has the same operations on bits and
 * more: each is rounded once, to nearest, ties to even; a result of at least {@link #OVERFLOW}
 * becomes infinity.
 *
 * @param bits the number as it lies in memory
 */
public record BFloat16(short bits) implements Comparable<BFloat16> {
  private static final HalfFormat FORMAT = HalfFormat.BFLOAT16;

  /** The smallest magnitude that rounds to infinity: the tie above {@link #MAX_VALUE}. */
  public static final float OVERFLOW = 0x1.FFp127f;

  public static final BFloat16 ZERO = new BFloat16((short) 0);
  public static final BFloat16 ONE = new BFloat16((short) 0x3F80);

  /** 2^128 - 2^120, about 3.39e38. */
  public static final BFloat16 MAX_VALUE = new BFloat16((short) 0x7F7F);

  /** 2^-126, the smallest positive normal number. */
  public static final BFloat16 MIN_NORMAL = new BFloat16((short) 0x0080);

  /** 2^-133, the smallest positive number. */
  public static final BFloat16 MIN_VALUE = new BFloat16((short) 0x0001);

  public static final BFloat16 POSITIVE_INFINITY = new BFloat16((short) 0x7F80);
  public static final BFloat16 NEGATIVE_INFINITY = new BFloat16((short) 0xFF80);

  /** The canonical NaN, 0x7FFF. */
  public static final BFloat16 NaN = new BFloat16(HalfFormat.NAN);

  /** The bfloat16 nearest to {@code x}. */
  public static BFloat16 valueOf(float x) {
    return new BFloat16(FORMAT.fromFloat(x));
  }

  /** The bfloat16 nearest to {@code x}, rounded once. */
  public static BFloat16 valueOf(double x) {
    return new BFloat16(FORMAT.fromDouble(x));
  }

  /** The bfloat16 nearest to the decimal {@code text}; see {@link HalfFormat#parse}. */
  public static BFloat16 valueOf(String text) {
    return new BFloat16(FORMAT.parse(text));
  }

  /** The bits of the bfloat16 nearest to {@code x}; a NaN becomes {@link #NaN}. */
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
  public BFloat16 add(BFloat16 other) {
    return new BFloat16(FORMAT.add(bits, other.bits));
  }

  /** {@code this - other}, rounded once. */
  public BFloat16 subtract(BFloat16 other) {
    return new BFloat16(FORMAT.subtract(bits, other.bits));
  }

  /** {@code this * factor}, rounded once. */
  public BFloat16 multiply(BFloat16 factor) {
    return new BFloat16(FORMAT.multiply(bits, factor.bits));
  }

  /** {@code this / divisor}, rounded once. */
  public BFloat16 divide(BFloat16 divisor) {
    return new BFloat16(FORMAT.divide(bits, divisor.bits));
  }

  /** {@code this * factor + summand}, rounded once. */
  public BFloat16 fma(BFloat16 factor, BFloat16 summand) {
    return new BFloat16(FORMAT.fma(bits, factor.bits, summand.bits));
  }

  /** The square root, rounded once; NaN below 0. */
  public BFloat16 sqrt() {
    return new BFloat16(FORMAT.sqrt(bits));
  }

  /** The number with the other sign, also of a NaN. */
  public BFloat16 negate() {
    return new BFloat16(FORMAT.negate(bits));
  }

  /** The number without its sign. */
  public BFloat16 abs() {
    return new BFloat16(FORMAT.abs(bits));
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
  public int compareTo(BFloat16 other) {
    return FORMAT.compare(bits, other.bits);
  }

  /** As {@link HalfFormat#toString(short)}. */
  @Override
  public String toString() {
    return FORMAT.toString(bits);
  }
}
