package dev.loupe.tensor;

/**
 * A float16 number: IEEE 754 binary16, {@code F16} in safetensors. One sign bit, five exponent
 * bits, ten fraction bits; largest finite value 65504, spacing 2^-24 below 2^-14.
 *
 * <p>The static methods take and return the bits, for work in bulk; the instances are the same
 * numbers as values. Every operation rounds once, to nearest, ties to even, with gradual underflow;
 * an infinity results from {@value #OVERFLOW} up. Whatever yields a NaN yields {@link #NaN} (see
 * {@link NanPolicy}); {@link #negate} and {@link #abs} move the sign bit and nothing else.
 *
 * <p>Sum, difference, product, quotient and square root are one float32 operation and one
 * narrowing, as in PyTorch. The second rounding does no harm, because float32 has at least twice 11
 * plus 2 bits (S. Figueroa, "When is double rounding innocuous?", SIGNUM Newsletter 30, 1995). For
 * {@link #fma} it would; that one is computed exactly.
 *
 * @param bits the number as it lies in memory
 */
public record Float16(short bits) implements Comparable<Float16> {
  /** Bits of the significand, the hidden one included. */
  public static final int PRECISION = 11;

  /** The binary exponent of the smallest normal number. */
  public static final int MIN_EXPONENT = -14;

  /** The binary exponent of the largest finite number. */
  public static final int MAX_EXPONENT = 15;

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
  public static final Float16 NaN = new Float16((short) 0x7FFF);

  private static final int SIGN = 0x8000;
  private static final int MAGNITUDE = 0x7FFF;
  private static final int INFINITY = 0x7C00;
  private static final int QUIET = 0x0200;
  private static final int FRACTION = 0x03FF;

  /** Leading fraction bits that float32 has beyond float16's ten. */
  private static final int FRACTION_SHIFT = 13;

  /** The float16 nearest to {@code x}. */
  public static Float16 valueOf(float x) {
    return new Float16(fromFloat(x));
  }

  /** The float16 nearest to {@code x}, rounded once. */
  public static Float16 valueOf(double x) {
    return new Float16(fromDouble(x));
  }

  /** The float16 nearest to the decimal {@code text}; see {@link #parse}. */
  public static Float16 valueOf(String text) {
    return new Float16(parse(text));
  }

  /** The bits of the float16 nearest to {@code x}; a NaN becomes {@link #NaN}. */
  public static short fromFloat(float x) {
    return fromFloat(x, NanPolicy.CANONICAL);
  }

  /** The bits of the float16 nearest to {@code x}. */
  public static short fromFloat(float x, NanPolicy policy) {
    if (x == x) {
      return Float.floatToFloat16(x);
    }
    if (policy == NanPolicy.CANONICAL) {
      return NaN.bits;
    }
    int word = Float.floatToRawIntBits(x);
    return (short) (word >>> 16 & SIGN | INFINITY | QUIET | word >> FRACTION_SHIFT & FRACTION);
  }

  /** The bits of the float16 nearest to {@code x}, rounded once. */
  public static short fromDouble(double x) {
    return fromFloat(RoundToOdd.narrow(x));
  }

  /**
   * The bits of {@code x} rounded to float32 and then to float16, as PyTorch converts on the CPU;
   * near a tie this can differ from {@link #fromDouble} in the last bit.
   */
  public static short fromDoubleViaFloat(double x) {
    return fromFloat((float) x);
  }

  /** The number, exactly; a NaN becomes quiet and keeps its sign and payload. */
  public static float toFloat(short bits) {
    if (isNaN(bits)) {
      return Float.intBitsToFloat(
          (bits & SIGN) << 16 | 0x7FC00000 | (bits & FRACTION) << FRACTION_SHIFT);
    }
    return Float.float16ToFloat(bits);
  }

  /** The number, exactly. */
  public static double toDouble(short bits) {
    return toFloat(bits);
  }

  /** {@code a + b}, rounded once. */
  public static short add(short a, short b) {
    return fromFloat(toFloat(a) + toFloat(b));
  }

  /** {@code a - b}, rounded once. */
  public static short subtract(short a, short b) {
    return fromFloat(toFloat(a) - toFloat(b));
  }

  /** {@code a * b}, rounded once. */
  public static short multiply(short a, short b) {
    return fromFloat(toFloat(a) * toFloat(b));
  }

  /** {@code a / b}, rounded once. */
  public static short divide(short a, short b) {
    return fromFloat(toFloat(a) / toFloat(b));
  }

  /** {@code a * b + c}, rounded once. */
  public static short fma(short a, short b, short c) {
    // A float64 holds the product exactly.
    return fromDouble(RoundToOdd.sum(toDouble(a) * toDouble(b), toDouble(c)));
  }

  /** The square root, rounded once; NaN below 0. */
  public static short sqrt(short bits) {
    return fromFloat((float) Math.sqrt(toFloat(bits)));
  }

  /** The number with the other sign, also of a NaN. */
  public static short negate(short bits) {
    return (short) (bits ^ SIGN);
  }

  /** The number without its sign, also of a NaN. */
  public static short abs(short bits) {
    return (short) (bits & MAGNITUDE);
  }

  /** Whether the two are the same number: -0 equals 0, a NaN equals nothing. */
  public static boolean equal(short a, short b) {
    return toFloat(a) == toFloat(b);
  }

  /** Whether {@code a} is the smaller number; false if either is NaN. */
  public static boolean less(short a, short b) {
    return toFloat(a) < toFloat(b);
  }

  /** Whether {@code a} is the smaller number or equal; false if either is NaN. */
  public static boolean lessOrEqual(short a, short b) {
    return toFloat(a) <= toFloat(b);
  }

  /** Whether either is NaN. */
  public static boolean unordered(short a, short b) {
    return isNaN(a) || isNaN(b);
  }

  /**
   * IEEE 754's totalOrder: -NaN, -infinity, the negative numbers, -0, 0, the positive numbers,
   * infinity, NaN; NaNs by payload. Zero only for equal bits.
   *
   * @return negative, zero or positive
   */
  public static int compare(short a, short b) {
    return Integer.compare(rank(a), rank(b));
  }

  private static int rank(short bits) {
    return bits >= 0 ? bits : bits ^ MAGNITUDE;
  }

  /** Whether these bits are a NaN, of either sign. */
  public static boolean isNaN(short bits) {
    return (bits & MAGNITUDE) > INFINITY;
  }

  /** Whether these bits are an infinity, of either sign. */
  public static boolean isInfinite(short bits) {
    return (bits & MAGNITUDE) == INFINITY;
  }

  /** Neither infinite nor NaN. */
  public static boolean isFinite(short bits) {
    return (bits & MAGNITUDE) < INFINITY;
  }

  /** Finite and of magnitude at least {@link #MIN_NORMAL}. */
  public static boolean isNormal(short bits) {
    return isFinite(bits) && (bits & MAGNITUDE) > FRACTION;
  }

  /** Not zero, but of magnitude below {@link #MIN_NORMAL}. */
  public static boolean isSubnormal(short bits) {
    return !isZero(bits) && (bits & MAGNITUDE) <= FRACTION;
  }

  /** 0 or -0. */
  public static boolean isZero(short bits) {
    return (bits & MAGNITUDE) == 0;
  }

  /** Whether the sign is minus, also that of a zero or NaN. */
  public static boolean signBit(short bits) {
    return bits < 0;
  }

  /** The next larger number; infinity and NaN stay as they are. */
  public static short nextUp(short bits) {
    if (isNaN(bits) || bits == INFINITY) {
      return bits;
    }
    return isZero(bits) ? MIN_VALUE.bits : (short) (bits >= 0 ? bits + 1 : bits - 1);
  }

  /** The next smaller number; -infinity and NaN stay as they are. */
  public static short nextDown(short bits) {
    return negate(nextUp(negate(bits)));
  }

  /**
   * The distance to the next number of larger magnitude (of {@link #MAX_VALUE}: 32); infinity for
   * an infinity.
   */
  public static short ulp(short bits) {
    if (!isFinite(bits)) {
      return isNaN(bits) ? NaN.bits : POSITIVE_INFINITY.bits;
    }
    int exponent = Math.max(Math.getExponent(toFloat(bits)), MIN_EXPONENT);
    return fromFloat(Math.scalb(1f, exponent - PRECISION + 1));
  }

  /**
   * The shortest decimal from which {@link #parse} makes the same number again, written as {@link
   * Float#toString(float)} writes: {@code 0.1}, {@code 6.0E-8}, {@code -0.0}, {@code NaN}.
   */
  public static String toString(short bits) {
    return DecimalText.shortest(toDouble(bits), x -> equal(fromDouble(x), bits));
  }

  /**
   * The bits of the float16 nearest to a decimal number, rounded once; {@code NaN} and {@code
   * Infinity} are understood, hexadecimal numbers are not.
   *
   * @throws NumberFormatException if the text is no such number
   */
  public static short parse(String text) {
    return fromDouble(DecimalText.parse(text, "float16"));
  }

  /** The number, exactly. */
  public float floatValue() {
    return toFloat(bits);
  }

  /** The number, exactly. */
  public double doubleValue() {
    return toDouble(bits);
  }

  /** {@code this + other}, rounded once. */
  public Float16 add(Float16 other) {
    return new Float16(add(bits, other.bits));
  }

  /** {@code this - other}, rounded once. */
  public Float16 subtract(Float16 other) {
    return new Float16(subtract(bits, other.bits));
  }

  /** {@code this * factor}, rounded once. */
  public Float16 multiply(Float16 factor) {
    return new Float16(multiply(bits, factor.bits));
  }

  /** {@code this / divisor}, rounded once. */
  public Float16 divide(Float16 divisor) {
    return new Float16(divide(bits, divisor.bits));
  }

  /** {@code this * factor + summand}, rounded once. */
  public Float16 fma(Float16 factor, Float16 summand) {
    return new Float16(fma(bits, factor.bits, summand.bits));
  }

  /** The square root, rounded once; NaN below 0. */
  public Float16 sqrt() {
    return new Float16(sqrt(bits));
  }

  /** The number with the other sign, also of a NaN. */
  public Float16 negate() {
    return new Float16(negate(bits));
  }

  /** The number without its sign. */
  public Float16 abs() {
    return new Float16(abs(bits));
  }

  /** Whether this is a NaN. */
  public boolean isNaN() {
    return isNaN(bits);
  }

  /** Whether this is an infinity. */
  public boolean isInfinite() {
    return isInfinite(bits);
  }

  /** Neither infinite nor NaN. */
  public boolean isFinite() {
    return isFinite(bits);
  }

  /** As {@link #compare(short, short)}; consistent with equals, which compares the bits. */
  @Override
  public int compareTo(Float16 other) {
    return compare(bits, other.bits);
  }

  @Override
  public String toString() {
    return toString(bits);
  }
}
