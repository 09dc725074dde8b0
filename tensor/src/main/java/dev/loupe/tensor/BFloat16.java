package dev.loupe.tensor;

/**
 * A bfloat16 number: the upper half of a float32, {@code BF16} in safetensors. One sign bit, eight
 * exponent bits, seven fraction bits; the range of float32, spacing 2^-133 below 2^-126.
 *
 * <p>The static methods take and return the bits, for work in bulk; the instances are the same
 * numbers as values. Every operation rounds once, to nearest, ties to even, with gradual underflow;
 * an infinity results from {@link #OVERFLOW} up. Whatever yields a NaN yields {@link #NaN} (see
 * {@link NanPolicy}); {@link #negate} and {@link #abs} move the sign bit and nothing else.
 *
 * <p>Sum, difference, product, quotient and square root are one float32 operation and one
 * narrowing, as in PyTorch. The second rounding does no harm: float32 has at least twice 8 plus 2
 * bits (S. Figueroa, "When is double rounding innocuous?", SIGNUM Newsletter 30, 1995). Where both
 * formats are subnormal, float32 is still 16 bits finer; a product near a tie is a multiple of
 * 2^-149, hence exact, and a quotient, whose divisor has 8 bits, is a tie or 2^-142 away from one.
 * For {@link #fma} it would do harm; that one is computed exactly.
 *
 * @param bits the number as it lies in memory
 */
public record BFloat16(short bits) implements Comparable<BFloat16> {
  /** Bits of the significand, the hidden one included. */
  public static final int PRECISION = 8;

  /** The binary exponent of the smallest normal number. */
  public static final int MIN_EXPONENT = -126;

  /** The binary exponent of the largest finite number. */
  public static final int MAX_EXPONENT = 127;

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
  public static final BFloat16 NaN = new BFloat16((short) 0x7FFF);

  private static final int SIGN = 0x8000;
  private static final int MAGNITUDE = 0x7FFF;
  private static final int INFINITY = 0x7F80;
  private static final int QUIET = 0x0040;
  private static final int FRACTION = 0x007F;

  /** Less than half a unit in the last place that stays, by one unit of float32. */
  private static final int BELOW_HALF = 0x7FFF;

  /** The bfloat16 nearest to {@code x}. */
  public static BFloat16 valueOf(float x) {
    return new BFloat16(fromFloat(x));
  }

  /** The bfloat16 nearest to {@code x}, rounded once. */
  public static BFloat16 valueOf(double x) {
    return new BFloat16(fromDouble(x));
  }

  /** The bfloat16 nearest to the decimal {@code text}; see {@link #parse}. */
  public static BFloat16 valueOf(String text) {
    return new BFloat16(parse(text));
  }

  /** The bits of the bfloat16 nearest to {@code x}; a NaN becomes {@link #NaN}. */
  public static short fromFloat(float x) {
    return fromFloat(x, NanPolicy.CANONICAL);
  }

  /** The bits of the bfloat16 nearest to {@code x}. */
  public static short fromFloat(float x, NanPolicy policy) {
    int word = Float.floatToRawIntBits(x);
    if (x == x) {
      // Below the tie nothing is carried, above it 1, at it the bit that makes the last one even.
      return (short) (word + BELOW_HALF + (word >>> 16 & 1) >>> 16);
    }
    return policy == NanPolicy.CANONICAL ? NaN.bits : (short) (word >>> 16 | QUIET);
  }

  /** The bits of the bfloat16 nearest to {@code x}, rounded once. */
  public static short fromDouble(double x) {
    return fromFloat(RoundToOdd.narrow(x));
  }

  /**
   * The bits of {@code x} rounded to float32 and then to bfloat16, as PyTorch converts on the CPU;
   * near a tie this can differ from {@link #fromDouble} in the last bit.
   */
  public static short fromDoubleViaFloat(double x) {
    return fromFloat((float) x);
  }

  /** The number, exactly; a NaN becomes quiet and keeps its sign and payload. */
  public static float toFloat(short bits) {
    return Float.intBitsToFloat((isNaN(bits) ? bits | QUIET : bits) << 16);
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
   * The distance to the next number of larger magnitude (of {@link #MAX_VALUE}: 2^120); infinity
   * for an infinity.
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
   * Float#toString(float)} writes: {@code 0.1}, {@code 3.39E38}, {@code -0.0}, {@code NaN}.
   */
  public static String toString(short bits) {
    return DecimalText.shortest(toDouble(bits), x -> equal(fromDouble(x), bits));
  }

  /**
   * The bits of the bfloat16 nearest to a decimal number, rounded once; {@code NaN} and {@code
   * Infinity} are understood, hexadecimal numbers are not.
   *
   * @throws NumberFormatException if the text is no such number
   */
  public static short parse(String text) {
    return fromDouble(DecimalText.parse(text, "bfloat16"));
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
  public BFloat16 add(BFloat16 other) {
    return new BFloat16(add(bits, other.bits));
  }

  /** {@code this - other}, rounded once. */
  public BFloat16 subtract(BFloat16 other) {
    return new BFloat16(subtract(bits, other.bits));
  }

  /** {@code this * factor}, rounded once. */
  public BFloat16 multiply(BFloat16 factor) {
    return new BFloat16(multiply(bits, factor.bits));
  }

  /** {@code this / divisor}, rounded once. */
  public BFloat16 divide(BFloat16 divisor) {
    return new BFloat16(divide(bits, divisor.bits));
  }

  /** {@code this * factor + summand}, rounded once. */
  public BFloat16 fma(BFloat16 factor, BFloat16 summand) {
    return new BFloat16(fma(bits, factor.bits, summand.bits));
  }

  /** The square root, rounded once; NaN below 0. */
  public BFloat16 sqrt() {
    return new BFloat16(sqrt(bits));
  }

  /** The number with the other sign, also of a NaN. */
  public BFloat16 negate() {
    return new BFloat16(negate(bits));
  }

  /** The number without its sign. */
  public BFloat16 abs() {
    return new BFloat16(abs(bits));
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
  public int compareTo(BFloat16 other) {
    return compare(bits, other.bits);
  }

  @Override
  public String toString() {
    return toString(bits);
  }
}
