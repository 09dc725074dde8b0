package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HalfArithmeticTest {

  /** Zeros, both ends of the subnormals and normals, ones, odd significands, infinities, NaNs. */
  private static short[] awkward(SixteenBit format) {
    int hidden = 1 << format.fractionBits;
    int one = 1 - format.minExponent << format.fractionBits;
    int infinity = format.infinity();
    int[] anchors = {0, hidden / 2, hidden, 2 * hidden, one - hidden, one, one + hidden};
    IntStream around = IntStream.of(anchors).flatMap(m -> IntStream.of(m - 1, m, m + 1)).skip(1);
    IntStream others =
        IntStream.of(3 * hidden + 5, one + hidden / 3, infinity - hidden, infinity - 2);
    IntStream last = IntStream.of(infinity - 1, infinity, infinity + 1, 0x7FFF);
    IntStream magnitudes = IntStream.concat(around, IntStream.concat(others, last));
    int[] all = magnitudes.flatMap(m -> IntStream.of(m, m | 0x8000)).toArray();
    short[] patterns = new short[all.length];
    for (int i = 0; i < all.length; i++) {
      patterns[i] = (short) all[i];
    }
    return patterns;
  }

  private static short random(Random random) {
    return (short) random.nextInt(SixteenBit.PATTERNS);
  }

  /** A finite pattern within {@code spread} binades of 1, so that sums and quotients interact. */
  private static short near(SixteenBit format, Random random, int spread) {
    int field = -format.minExponent + 1 + random.nextInt(-spread, spread + 1);
    field = Math.clamp(field, 0, format.infinity() - 1 >> format.fractionBits);
    int sign = random.nextInt(2) << 15;
    int fraction = random.nextInt(1 << format.fractionBits);
    return (short) (sign | field << format.fractionBits | fraction);
  }

  @ParameterizedTest
  @EnumSource
  void sumDifferenceAndProductAreTheExactOnesRoundedOnce(SixteenBit format) {
    short[] awkward = awkward(format);
    for (short a : awkward) {
      for (short b : awkward) {
        checkSumDifferenceProduct(format, a, b);
      }
    }
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      checkSumDifferenceProduct(format, random(random), random(random));
      checkSumDifferenceProduct(format, near(format, random, 12), near(format, random, 12));
    }
  }

  private static void checkSumDifferenceProduct(SixteenBit format, short a, short b) {
    double x = format.toDouble.of(a);
    double y = format.toDouble.of(b);
    boolean exact = format.isFinite(a) && format.isFinite(b);
    BigDecimal p = exact ? new BigDecimal(x) : null;
    BigDecimal q = exact ? new BigDecimal(y) : null;
    check(format, "add", a, b, exact ? format.round(p.add(q), x + y) : format.round(x + y));
    check(format, "sub", a, b, exact ? format.round(p.subtract(q), x - y) : format.round(x - y));
    check(format, "mul", a, b, exact ? format.round(p.multiply(q), x * y) : format.round(x * y));
  }

  private static void check(SixteenBit format, String name, short a, short b, short expected) {
    short found = format.arithmetic.get(name).of(a, b);
    if (found != expected) {
      assertThat(SixteenBit.hex(found))
          .as("%s(%s, %s)", name, SixteenBit.hex(a), SixteenBit.hex(b))
          .isEqualTo(SixteenBit.hex(expected));
    }
  }

  /**
   * A quotient is right if the dividend lies between the divisor's products with the half-ways on
   * either side of it. These have at most 12 times 11 bits, so float64 holds them exactly.
   */
  @ParameterizedTest
  @EnumSource
  void quotientsAreTheNearest(SixteenBit format) {
    short[] awkward = awkward(format);
    for (short a : awkward) {
      for (short b : awkward) {
        checkQuotient(format, a, b);
      }
    }
    Random random = new Random(8);
    for (int i = 0; i < 1_000_000; i++) {
      checkQuotient(format, random(random), random(random));
      checkQuotient(format, near(format, random, 3), near(format, random, 3));
      // quotients that are subnormal, where float32 is subnormal too in the case of bfloat16
      short small = (short) (random.nextInt(4 << format.fractionBits) | random.nextInt(2) << 15);
      checkQuotient(format, small, near(format, random, 3));
    }
  }

  private static void checkQuotient(SixteenBit format, short a, short b) {
    short found = format.arithmetic.get("div").of(a, b);
    double x = format.toDouble.of(a);
    double y = format.toDouble.of(b);
    if (!format.isFinite(a) || !format.isFinite(b) || y == 0 || x == 0) {
      check(format, "div", a, b, format.round(x / y));
      return;
    }
    int magnitude = found & 0x7FFF;
    double dividend = Math.abs(x);
    double divisor = Math.abs(y);
    boolean even = (magnitude & 1) == 0;
    boolean notTooLarge =
        magnitude == 0 || within(format.tieAbove(magnitude - 1) * divisor, dividend, even);
    boolean notTooSmall =
        magnitude == format.infinity()
            || within(dividend, format.tieAbove(magnitude) * divisor, even);
    boolean sign = found < 0 == (a < 0 ^ b < 0);
    if (!(notTooLarge && notTooSmall && sign)) {
      fail(
          "%s / %s = %s is not the nearest",
          SixteenBit.hex(a), SixteenBit.hex(b), SixteenBit.hex(found));
    }
  }

  private static boolean within(double smaller, double larger, boolean orEqual) {
    return smaller < larger || orEqual && smaller == larger;
  }

  /** The square of a half-way has at most 24 bits, so float64 holds it exactly. */
  @ParameterizedTest
  @EnumSource
  void everySquareRootIsTheNearest(SixteenBit format) {
    for (int i = 0; i < SixteenBit.PATTERNS; i++) {
      short bits = (short) i;
      short root = format.sqrt.of(bits);
      if (format.isNaN(bits) || bits < 0 && bits != (short) 0x8000) {
        assertThat(root).as("%04x", i).isEqualTo((short) 0x7FFF);
      } else if (!format.isFinite(bits) || (bits & 0x7FFF) == 0) {
        assertThat(root).as("%04x", i).isEqualTo(bits);
      } else {
        double below = format.tieAbove(root - 1);
        double above = format.tieAbove(root);
        assertThat(format.value(i)).as("%04x", i).isBetween(below * below, above * above);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void fmaIsTheExactResultRoundedOnce(SixteenBit format) {
    short[] awkward = awkward(format);
    for (short a : awkward) {
      for (short b : awkward) {
        for (short c : awkward) {
          checkFma(format, a, b, c);
        }
      }
    }
    Random random = new Random(9);
    for (int i = 0; i < 20_000; i++) {
      checkFma(format, random(random), random(random), random(random));
      short a = near(format, random, 6);
      short b = near(format, random, 6);
      checkFma(format, a, b, near(format, random, 12));
      // the product cancelled but for its lower half
      checkFma(format, a, b, (short) (format.arithmetic.get("mul").of(a, b) ^ 0x8000));
    }
  }

  /** A product exactly half way between two numbers, and a summand that decides from far below. */
  @ParameterizedTest
  @EnumSource
  void theTiniestSummandDecidesATiedProduct(SixteenBit format) {
    short tiny = 1;
    short minusTiny = (short) 0x8001;
    int ties = 0;
    for (int m = 1; m < 2 << format.fractionBits; m += 2) {
      for (int n = m; n < 2 << format.fractionBits; n += 2) {
        if (Integer.SIZE - Integer.numberOfLeadingZeros(m * n) != format.fractionBits + 2) {
          continue;
        }
        ties++;
        short a = format.fromDouble.of(m);
        short b = format.fromDouble.of(n);
        int below = format.fma.of(a, b, minusTiny);
        assertThat(format.value(below)).isLessThan((double) m * n);
        assertThat(format.fma.of(a, b, tiny)).as("%d * %d", m, n).isEqualTo((short) (below + 1));
        assertThat(format.fma.of(a, b, (short) 0))
            .as("%d * %d", m, n)
            .isEqualTo((short) (below + (below & 1)));
      }
    }
    assertThat(ties).isGreaterThan(100);
  }

  @Test
  void fmaThroughFloatOrDoubleWouldRoundTwice() {
    // 63 * 65 = 4095 is half way between 4094 and 4096 of float16; 2^-24 is below float32's 2^-12
    short a = Float16.fromFloat(63);
    short b = Float16.fromFloat(65);
    short minusTiny = Float16.fromFloat(-0x1p-24f);
    assertThat(Float16.fromFloat(Math.fma(63f, 65f, -0x1p-24f))).isEqualTo(Float16.fromFloat(4096));
    assertThat(HalfFormat.FLOAT16.fma(a, b, minusTiny)).isEqualTo(Float16.fromFloat(4094));
    // 7 * 73 = 511 is half way between 510 and 512 of bfloat16; float64 ends at 2^-44 there
    short c = BFloat16.fromFloat(7);
    short d = BFloat16.fromFloat(73);
    short minusTinier = BFloat16.fromFloat(-0x1p-133f);
    assertThat(HalfFormat.BFLOAT16.fromDouble(Math.fma(7.0, 73.0, -0x1p-133)))
        .isEqualTo(BFloat16.fromFloat(512));
    assertThat(HalfFormat.BFLOAT16.fma(c, d, minusTinier)).isEqualTo(BFloat16.fromFloat(510));
  }

  private static void checkFma(SixteenBit format, short a, short b, short c) {
    double x = format.toDouble.of(a);
    double y = format.toDouble.of(b);
    double z = format.toDouble.of(c);
    short expected;
    if (format.isFinite(a) && format.isFinite(b) && format.isFinite(c)) {
      BigDecimal exact = new BigDecimal(x).multiply(new BigDecimal(y)).add(new BigDecimal(z));
      expected = format.round(exact, x * y + z);
    } else {
      expected = format.round(x * y + z);
    }
    short found = format.fma.of(a, b, c);
    if (found != expected) {
      assertThat(SixteenBit.hex(found))
          .as("%s * %s + %s", SixteenBit.hex(a), SixteenBit.hex(b), SixteenBit.hex(c))
          .isEqualTo(SixteenBit.hex(expected));
    }
  }

  @Test
  void whateverYieldsNanYieldsTheCanonicalOne() {
    Float16 infinity = Float16.POSITIVE_INFINITY;
    Float16 otherNan = new Float16((short) 0xFE00);
    assertThat(infinity.subtract(infinity)).isEqualTo(Float16.NaN);
    assertThat(infinity.multiply(Float16.ZERO)).isEqualTo(Float16.NaN);
    assertThat(Float16.ZERO.divide(Float16.ZERO)).isEqualTo(Float16.NaN);
    assertThat(Float16.ONE.negate().sqrt()).isEqualTo(Float16.NaN);
    assertThat(otherNan.add(Float16.ONE)).isEqualTo(Float16.NaN);
    assertThat(Float16.ONE.fma(Float16.ONE, otherNan)).isEqualTo(Float16.NaN);
    assertThat(BFloat16.POSITIVE_INFINITY.add(BFloat16.NEGATIVE_INFINITY)).isEqualTo(BFloat16.NaN);
    assertThat(BFloat16.ZERO.divide(BFloat16.ZERO)).isEqualTo(BFloat16.NaN);
  }

  @Test
  void valuesComputeAsTheirBitsDo() {
    Float16 a = Float16.valueOf(1.5f);
    Float16 b = Float16.valueOf(-0.25f);
    assertThat(a.add(b)).isEqualTo(Float16.valueOf(1.25f));
    assertThat(a.subtract(b)).isEqualTo(Float16.valueOf(1.75f));
    assertThat(a.multiply(b)).isEqualTo(Float16.valueOf(-0.375f));
    assertThat(a.divide(b)).isEqualTo(Float16.valueOf(-6f));
    assertThat(a.fma(b, a)).isEqualTo(Float16.valueOf(1.125f));
    assertThat(b.abs().sqrt()).isEqualTo(Float16.valueOf(0.5f));
    BFloat16 c = BFloat16.valueOf(1.5f);
    BFloat16 d = BFloat16.valueOf(-0.25f);
    assertThat(c.add(d)).isEqualTo(BFloat16.valueOf(1.25f));
    assertThat(c.subtract(d)).isEqualTo(BFloat16.valueOf(1.75f));
    assertThat(c.multiply(d)).isEqualTo(BFloat16.valueOf(-0.375f));
    assertThat(c.divide(d)).isEqualTo(BFloat16.valueOf(-6f));
    assertThat(c.fma(d, c)).isEqualTo(BFloat16.valueOf(1.125f));
    assertThat(d.abs().sqrt()).isEqualTo(BFloat16.valueOf(0.5f));
  }

  @Test
  void negationMovesNothingButTheSign() {
    assertThat(Float16.ZERO.negate().bits()).isEqualTo((short) 0x8000);
    assertThat(Float16.NaN.negate().bits()).isEqualTo((short) 0xFFFF);
    assertThat(Float16.NaN.negate().abs()).isEqualTo(Float16.NaN);
    assertThat(BFloat16.ZERO.negate().bits()).isEqualTo((short) 0x8000);
    assertThat(BFloat16.NaN.negate().abs()).isEqualTo(BFloat16.NaN);
  }

  @Test
  void theAwkwardOperandsHoldEveryKind() {
    for (SixteenBit format : SixteenBit.values()) {
      short[] awkward = awkward(format);
      format.kinds.forEach((name, kind) ->
          assertThat(IntStream.range(0, awkward.length).anyMatch(i -> kind.of(awkward[i])))
              .as("%s in %s", name, Arrays.toString(awkward))
              .isTrue());
    }
  }
}
