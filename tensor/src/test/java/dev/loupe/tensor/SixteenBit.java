package dev.loupe.tensor;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

/**
 * The two formats under one set of tests: the operations of each, and an oracle made of the
 * format's definition alone. A finite magnitude is n * 2^(e - fraction bits), with e the binary
 * exponent or the smallest one, whichever is larger; so rounding is choosing n.
 */
enum SixteenBit {
  FLOAT16(10, -14, 15, HalfFormat.FLOAT16),
  BFLOAT16(7, -126, 127, HalfFormat.BFLOAT16);

  interface FromFloat {
    short of(float x);
  }

  interface FromFloatByPolicy {
    short of(float x, NanPolicy policy);
  }

  interface FromDouble {
    short of(double x);
  }

  interface ToFloat {
    float of(short bits);
  }

  interface ToDouble {
    double of(short bits);
  }

  interface Unary {
    short of(short bits);
  }

  interface Binary {
    short of(short a, short b);
  }

  interface Ternary {
    short of(short a, short b, short c);
  }

  interface Print {
    String of(short bits);
  }

  interface Parse {
    short of(String text);
  }

  interface Relation {
    boolean of(short a, short b);
  }

  interface Order {
    int of(short a, short b);
  }

  interface Kind {
    boolean of(short bits);
  }

  static final int PATTERNS = 1 << 16;

  final int fractionBits;
  final int minExponent;
  final int maxExponent;
  final FromFloat fromFloat;
  final FromFloatByPolicy fromFloatByPolicy;
  final FromDouble fromDouble;
  final FromDouble fromDoubleViaFloat;
  final ToFloat toFloat;
  final ToDouble toDouble;
  final Map<String, Binary> arithmetic;
  final Ternary fma;
  final Unary sqrt;
  final Print print;
  final Parse parse;
  final Unary nextUp;
  final Unary nextDown;
  final Unary ulp;
  final Relation less;
  final Relation lessOrEqual;
  final Relation equal;
  final Relation unordered;
  final Order compare;
  final Map<String, Kind> kinds;

  SixteenBit(int fractionBits, int minExponent, int maxExponent, HalfFormat format) {
    this.fractionBits = fractionBits;
    this.minExponent = minExponent;
    this.maxExponent = maxExponent;
    this.fromFloat = format::fromFloat;
    this.fromFloatByPolicy = format::fromFloat;
    this.fromDouble = format::fromDouble;
    this.fromDoubleViaFloat = format::fromDoubleViaFloat;
    this.toFloat = format::toFloat;
    this.toDouble = format::toDouble;
    this.arithmetic =
        Map.of(
            "add", format::add,
            "sub", format::subtract,
            "mul", format::multiply,
            "div", format::divide);
    this.fma = format::fma;
    this.sqrt = format::sqrt;
    this.print = format::toString;
    this.parse = format::parse;
    this.nextUp = format::nextUp;
    this.nextDown = format::nextDown;
    this.ulp = format::ulp;
    this.less = format::less;
    this.lessOrEqual = format::lessOrEqual;
    this.equal = format::equal;
    this.unordered = format::unordered;
    this.compare = format::compare;
    this.kinds =
        Map.of(
            "NaN", format::isNaN,
            "infinite", format::isInfinite,
            "finite", format::isFinite,
            "normal", format::isNormal,
            "subnormal", format::isSubnormal,
            "zero", format::isZero,
            "minus", format::signBit);
  }

  int infinity() {
    return (maxExponent - minExponent + 2) << fractionBits;
  }

  boolean isNaN(short bits) {
    return (bits & 0x7FFF) > infinity();
  }

  boolean isFinite(short bits) {
    return (bits & 0x7FFF) < infinity();
  }

  /** The number of this pattern, which is not NaN. */
  double value(int pattern) {
    int field = (pattern & 0x7FFF) >> fractionBits;
    int fraction = pattern & (1 << fractionBits) - 1;
    int n = field == 0 ? fraction : fraction | 1 << fractionBits;
    int exponent = Math.max(field, 1) - 1 + minExponent;
    double magnitude =
        field == infinity() >> fractionBits
            ? Double.POSITIVE_INFINITY
            : n * power(exponent - fractionBits);
    return (pattern & 0x8000) == 0 ? magnitude : -magnitude;
  }

  /** Half way from this finite magnitude to the next; from the largest, to where it would be. */
  double tieAbove(int pattern) {
    double next = pattern + 1 == infinity() ? power(maxExponent + 1) : value(pattern + 1);
    return (value(pattern) + next) / 2;
  }

  /** The pattern that {@code x} rounds to; 0x7FFF for NaN. */
  short round(double x) {
    if (Double.isNaN(x)) {
      return 0x7FFF;
    }
    int sign = Double.doubleToRawLongBits(x) < 0 ? 0x8000 : 0;
    double magnitude = Math.abs(x);
    if (magnitude >= power(maxExponent + 1)) {
      return (short) (sign | infinity());
    }
    int exponent = Math.max(Math.getExponent(magnitude), minExponent);
    int n = (int) Math.rint(magnitude * power(fractionBits - exponent));
    return (short) (sign | pattern(n, exponent));
  }

  /** The pattern that {@code exact} rounds to, a zero with the sign of {@code signOfZero}. */
  short round(BigDecimal exact, double signOfZero) {
    int sign =
        exact.signum() < 0 || exact.signum() == 0 && Math.copySign(1, signOfZero) < 0 ? 0x8000 : 0;
    BigDecimal magnitude = exact.abs();
    if (magnitude.compareTo(new BigDecimal(power(maxExponent + 1))) >= 0) {
      return (short) (sign | infinity());
    }
    int exponent = Math.getExponent(magnitude.doubleValue());
    if (exact.signum() != 0 && magnitude.compareTo(new BigDecimal(power(exponent))) < 0) {
      exponent--; // doubleValue had rounded up to a power of two
    }
    exponent = Math.max(exponent, minExponent);
    BigDecimal n = magnitude.multiply(new BigDecimal(power(fractionBits - exponent)));
    return (short)
        (sign | pattern(n.setScale(0, RoundingMode.HALF_EVEN).intValueExact(), exponent));
  }

  /** The hidden bit of n adds one to the exponent's field, and so does a carry out of n. */
  private int pattern(int n, int exponent) {
    return Math.min(((exponent - minExponent) << fractionBits) + n, infinity());
  }

  static double power(int exponent) {
    return Math.scalb(1.0, exponent);
  }

  /** Every bit alike, or both NaN. */
  boolean same(short a, short b) {
    return a == b || isNaN(a) && isNaN(b);
  }

  static String hex(short bits) {
    return "0x%04x".formatted(bits & 0xFFFF);
  }
}
