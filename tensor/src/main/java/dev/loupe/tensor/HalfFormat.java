package dev.loupe.tensor;

/**
 * The two 16-bit formats of numbers: one sign bit, some exponent bits, some fraction bits, in the
 * layout of IEEE 754. Methods take and return the bits, for work in bulk; {@link Float16} and
 * {@link BFloat16} are the same numbers as values.
 *
 * <p>Every operation rounds once, to nearest, ties to even, with gradual underflow. An operation
 * whose result is a NaN returns {@link #NAN} (see {@link NanPolicy}); {@link #negate} and {@link
 * #abs} move the sign bit and nothing else.
 *
 * <p>Sum, difference, product, quotient and square root are one float32 operation and one
 * narrowing, as in PyTorch. The second rounding does no harm, because float32 has at least twice as
 * many bits plus 2 (S. Figueroa, "When is double rounding innocuous?", SIGNUM Newsletter 30, 1995).
 * Where bfloat16 and float32 are both subnormal, float32 is still 16 bits finer; a product near a
 * tie is a multiple of 2^-149, so it is exact, and a quotient, whose divisor has 8 bits, is a tie
 * or 2^-142 away from one. For {@link #fma} it would do harm; that one is computed exactly.
 */
public enum HalfFormat {

  /**
   * IEEE 754 binary16, {@code F16} in safetensors: five exponent bits, ten fraction bits; largest
   * finite value 65504, spacing 2^-24 below 2^-14.
   */
  FLOAT16("float16", 5, 10) {
    @Override
    public float round(float x) {
      return Float.float16ToFloat(Float.floatToFloat16(x)); // Both take NaN, too.
    }

    @Override
    short narrow(float x) {
      return Float.floatToFloat16(x);
    }

    @Override
    float widen(short bits) {
      return Float.float16ToFloat(bits);
    }
  },

  /**
   * The upper half of a float32, {@code BF16} in safetensors: eight exponent bits, seven fraction
   * bits; the range of float32, spacing 2^-133 below 2^-126.
   */
  BFLOAT16("bfloat16", 8, 7) {
    @Override
    public float round(float x) {
      return x == x ? widen(narrow(x)) : Float.NaN;
    }

    @Override
    short narrow(float x) {
      // Below the tie nothing is carried, above it 1, at it the bit that makes the last one even.
      int word = Float.floatToRawIntBits(x);
      return (short) (word + 0x7FFF + (word >>> 16 & 1) >>> 16);
    }

    @Override
    float widen(short bits) {
      return Float.intBitsToFloat(bits << 16);
    }
  };

  /** The canonical NaN of both formats. */
  public static final short NAN = 0x7FFF;

  private static final int SIGN = 0x8000;
  private static final int MAGNITUDE = 0x7FFF;
  private static final int FLOAT_FRACTION_BITS = 23;
  private static final int FLOAT_QUIET_NAN = 0x7FC00000;

  private final String text;
  private final int fractionBits;
  private final int minExponent;
  private final int infinity;

  HalfFormat(String text, int exponentBits, int fractionBits) {
    this.text = text;
    this.fractionBits = fractionBits;
    this.minExponent = 2 - (1 << exponentBits - 1);
    this.infinity = (1 << exponentBits) - 1 << fractionBits;
  }

  /**
   * The format of a 16-bit type.
   *
   * @throws IllegalArgumentException if the type is not F16 or BF16
   */
  public static HalfFormat of(DType dtype) {
    return switch (dtype) {
      case F16 -> FLOAT16;
      case BF16 -> BFLOAT16;
      default ->
          throw new IllegalArgumentException("16-bit format: expected F16 or BF16, found " + dtype);
    };
  }

  /** {@code x} rounded to this format and widened again; a NaN stays one, of unspecified bits. */
  public abstract float round(float x);

  /** As {@link #fromFloat(float)}, of a number. */
  abstract short narrow(float x);

  /** As {@link #toFloat}, of a number. */
  abstract float widen(short bits);

  /** The binary exponent of the smallest normal number. */
  public int minExponent() {
    return minExponent;
  }

  /** The bits of positive infinity. */
  public short infinity() {
    return (short) infinity;
  }

  /** The bits nearest to {@code x}; a NaN becomes {@link #NAN}. */
  public short fromFloat(float x) {
    return x == x ? narrow(x) : NAN;
  }

  /** The bits nearest to {@code x}. */
  public short fromFloat(float x, NanPolicy policy) {
    if (x == x || policy == NanPolicy.CANONICAL) {
      return fromFloat(x);
    }
    int word = Float.floatToRawIntBits(x);
    return (short) (word >>> 16 & SIGN | infinity | quiet() | word >> fractionShift() & fraction());
  }

  /** The bits nearest to {@code x}, rounded once. */
  public short fromDouble(double x) {
    return fromFloat(RoundToOdd.narrow(x));
  }

  /**
   * The bits of {@code x} rounded to float32 and then to 16 bits, as PyTorch converts on the CPU;
   * near a tie this can differ from {@link #fromDouble} in the last bit.
   */
  public short fromDoubleViaFloat(double x) {
    return fromFloat((float) x);
  }

  /** The number, exactly; a NaN becomes quiet and keeps its sign and payload. */
  public float toFloat(short bits) {
    if (isNaN(bits)) {
      return Float.intBitsToFloat(
          (bits & SIGN) << 16 | FLOAT_QUIET_NAN | (bits & fraction()) << fractionShift());
    }
    return widen(bits);
  }

  /** The number, exactly. */
  public double toDouble(short bits) {
    return toFloat(bits);
  }

  /** {@code a + b}, rounded once. */
  public short add(short a, short b) {
    return fromFloat(toFloat(a) + toFloat(b));
  }

  /** {@code a - b}, rounded once. */
  public short subtract(short a, short b) {
    return fromFloat(toFloat(a) - toFloat(b));
  }

  /** {@code a * b}, rounded once. */
  public short multiply(short a, short b) {
    return fromFloat(toFloat(a) * toFloat(b));
  }

  /** {@code a / b}, rounded once. */
  public short divide(short a, short b) {
    return fromFloat(toFloat(a) / toFloat(b));
  }

  /** {@code a * b + c}, rounded once. */
  public short fma(short a, short b, short c) {
    // A float64 holds the product exactly.
    return fromDouble(RoundToOdd.sum(toDouble(a) * toDouble(b), toDouble(c)));
  }

  /** The square root, rounded once; NaN below 0. */
  public short sqrt(short bits) {
    return fromFloat((float) Math.sqrt(toFloat(bits)));
  }

  /** The number with the other sign, also of a NaN. */
  public short negate(short bits) {
    return (short) (bits ^ SIGN);
  }

  /** The number without its sign, also of a NaN. */
  public short abs(short bits) {
    return (short) (bits & MAGNITUDE);
  }

  /** Whether the two are the same number: -0 equals 0, a NaN equals nothing. */
  public boolean equal(short a, short b) {
    return toFloat(a) == toFloat(b);
  }

  /** Whether {@code a} is the smaller number; false if either is NaN. */
  public boolean less(short a, short b) {
    return toFloat(a) < toFloat(b);
  }

  /** Whether {@code a} is the smaller number or equal; false if either is NaN. */
  public boolean lessOrEqual(short a, short b) {
    return toFloat(a) <= toFloat(b);
  }

  /** Whether either is NaN. */
  public boolean unordered(short a, short b) {
    return isNaN(a) || isNaN(b);
  }

  /**
   * IEEE 754's totalOrder: -NaN, -infinity, the negative numbers, -0, 0, the positive numbers,
   * infinity, NaN; NaNs by payload. Zero only for equal bits.
   *
   * @return negative, zero or positive
   */
  public int compare(short a, short b) {
    return Integer.compare(rank(a), rank(b));
  }

  private static int rank(short bits) {
    return bits >= 0 ? bits : bits ^ MAGNITUDE;
  }

  /** Whether these bits are a NaN, of either sign. */
  public boolean isNaN(short bits) {
    return (bits & MAGNITUDE) > infinity;
  }

  /** Whether these bits are an infinity, of either sign. */
  public boolean isInfinite(short bits) {
    return (bits & MAGNITUDE) == infinity;
  }

  /** Neither infinite nor NaN. */
  public boolean isFinite(short bits) {
    return (bits & MAGNITUDE) < infinity;
  }

  /** Finite and of magnitude at least 2 to the {@link #minExponent}. */
  public boolean isNormal(short bits) {
    return isFinite(bits) && (bits & MAGNITUDE) > fraction();
  }

  /** Not zero, but of magnitude below 2 to the {@link #minExponent}. */
  public boolean isSubnormal(short bits) {
    return !isZero(bits) && (bits & MAGNITUDE) <= fraction();
  }

  /** 0 or -0. */
  public boolean isZero(short bits) {
    return (bits & MAGNITUDE) == 0;
  }

  /** Whether the sign is minus, also that of a zero or NaN. */
  public boolean signBit(short bits) {
    return bits < 0;
  }

  /** The next larger number; infinity and NaN stay as they are. */
  public short nextUp(short bits) {
    if (isNaN(bits) || bits == infinity) {
      return bits;
    }
    return (short) (isZero(bits) ? 1 : bits >= 0 ? bits + 1 : bits - 1);
  }

  /** The next smaller number; -infinity and NaN stay as they are. */
  public short nextDown(short bits) {
    return negate(nextUp(negate(bits)));
  }

  /**
   * The distance to the next number of larger magnitude, or, of the largest, to where it would be;
   * infinity for an infinity.
   */
  public short ulp(short bits) {
    if (!isFinite(bits)) {
      return isNaN(bits) ? NAN : infinity();
    }
    int exponent = Math.max(Math.getExponent(toFloat(bits)), minExponent);
    return fromFloat(Math.scalb(1f, exponent - fractionBits));
  }

  /**
   * The shortest decimal from which {@link #parse} makes the same number again, written as {@link
   * Float#toString(float)} writes: {@code 0.1}, {@code 6.0E-8}, {@code -0.0}, {@code NaN}.
   */
  public String toString(short bits) {
    return DecimalText.shortest(toDouble(bits), x -> equal(fromDouble(x), bits));
  }

  /**
   * The bits nearest to a decimal number, rounded once; {@code NaN} and {@code Infinity} are
   * understood, hexadecimal numbers are not.
   *
   * @throws NumberFormatException if the text is no such number
   */
  public short parse(String decimal) {
    return fromDouble(DecimalText.parse(decimal, text));
  }

  /** The mask of the fraction. */
  private int fraction() {
    return (1 << fractionBits) - 1;
  }

  /** The bit that makes a NaN quiet. */
  private int quiet() {
    return 1 << fractionBits - 1;
  }

  /** Fraction bits that float32 has beyond those of this format. */
  private int fractionShift() {
    return FLOAT_FRACTION_BITS - fractionBits;
  }
}
