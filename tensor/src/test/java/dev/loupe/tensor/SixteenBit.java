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
  FLOAT16(
      10,
      -14,
      15,
      Float16::fromFloat,
      Float16::fromFloat,
      Float16::fromDouble,
      Float16::fromDoubleViaFloat,
      Float16::toFloat,
      Float16::toDouble,
      Map.of(
          "add", Float16::add,
          "sub", Float16::subtract,
          "mul", Float16::multiply,
          "div", Float16::divide),
      Float16::fma,
      Float16::sqrt,
      Float16::toString,
      Float16::parse,
      Float16::nextUp,
      Float16::nextDown,
      Float16::ulp,
      Float16::less,
      Float16::lessOrEqual,
      Float16::equal,
      Float16::unordered,
      Float16::compare,
      Map.of(
          "NaN", Float16::isNaN,
          "infinite", Float16::isInfinite,
          "finite", Float16::isFinite,
          "normal", Float16::isNormal,
          "subnormal", Float16::isSubnormal,
          "zero", Float16::isZero,
          "minus", Float16::signBit)),
  BFLOAT16(
      7,
      -126,
      127,
      BFloat16::fromFloat,
      BFloat16::fromFloat,
      BFloat16::fromDouble,
      BFloat16::fromDoubleViaFloat,
      BFloat16::toFloat,
      BFloat16::toDouble,
      Map.of(
          "add", BFloat16::add,
          "sub", BFloat16::subtract,
          "mul", BFloat16::multiply,
          "div", BFloat16::divide),
      BFloat16::fma,
      BFloat16::sqrt,
      BFloat16::toString,
      BFloat16::parse,
      BFloat16::nextUp,
      BFloat16::nextDown,
      BFloat16::ulp,
      BFloat16::less,
      BFloat16::lessOrEqual,
      BFloat16::equal,
      BFloat16::unordered,
      BFloat16::compare,
      Map.of(
          "NaN", BFloat16::isNaN,
          "infinite", BFloat16::isInfinite,
          "finite", BFloat16::isFinite,
          "normal", BFloat16::isNormal,
          "subnormal", BFloat16::isSubnormal,
          "zero", BFloat16::isZero,
          "minus", BFloat16::signBit));

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

  SixteenBit(
      int fractionBits,
      int minExponent,
      int maxExponent,
      FromFloat fromFloat,
      FromFloatByPolicy fromFloatByPolicy,
      FromDouble fromDouble,
      FromDouble fromDoubleViaFloat,
      ToFloat toFloat,
      ToDouble toDouble,
      Map<String, Binary> arithmetic,
      Ternary fma,
      Unary sqrt,
      Print print,
      Parse parse,
      Unary nextUp,
      Unary nextDown,
      Unary ulp,
      Relation less,
      Relation lessOrEqual,
      Relation equal,
      Relation unordered,
      Order compare,
      Map<String, Kind> kinds) {
    this.fractionBits = fractionBits;
    this.minExponent = minExponent;
    this.maxExponent = maxExponent;
    this.fromFloat = fromFloat;
    this.fromFloatByPolicy = fromFloatByPolicy;
    this.fromDouble = fromDouble;
    this.fromDoubleViaFloat = fromDoubleViaFloat;
    this.toFloat = toFloat;
    this.toDouble = toDouble;
    this.arithmetic = arithmetic;
    this.fma = fma;
    this.sqrt = sqrt;
    this.print = print;
    this.parse = parse;
    this.nextUp = nextUp;
    this.nextDown = nextDown;
    this.ulp = ulp;
    this.less = less;
    this.lessOrEqual = lessOrEqual;
    this.equal = equal;
    this.unordered = unordered;
    this.compare = compare;
    this.kinds = kinds;
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
