package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HalfOrderTest {

  @ParameterizedTest
  @EnumSource
  void everyPatternIsOfItsKindAndNoOther(SixteenBit format) {
    for (int i = 0; i < SixteenBit.PATTERNS; i++) {
      short bits = (short) i;
      int magnitude = i & 0x7FFF;
      Set<String> expected = new TreeSet<>();
      if (i >= 0x8000) {
        expected.add("minus");
      }
      if (magnitude > format.infinity()) {
        expected.add("NaN");
      } else if (magnitude == format.infinity()) {
        expected.add("infinite");
      } else {
        expected.add("finite");
        boolean small = Math.abs(format.value(i)) < SixteenBit.power(format.minExponent);
        expected.add(magnitude == 0 ? "zero" : small ? "subnormal" : "normal");
      }
      Set<String> found = new TreeSet<>();
      format.kinds.forEach((name, kind) -> {
        if (kind.of(bits)) {
          found.add(name);
        }
      });
      assertThat(found).as("%04x", i).isEqualTo(expected);
    }
  }

  @Test
  void valuesAreOfTheSameKindsAsTheirBits() {
    assertThat(Float16.NaN.isNaN()).isTrue();
    assertThat(Float16.NEGATIVE_INFINITY.isInfinite()).isTrue();
    assertThat(Float16.MAX_VALUE.isFinite()).isTrue();
    assertThat(Float16.POSITIVE_INFINITY.isFinite() || Float16.ONE.isNaN()).isFalse();
    assertThat(Float16.MAX_VALUE.isInfinite()).isFalse();
    assertThat(BFloat16.NaN.isNaN()).isTrue();
    assertThat(BFloat16.NEGATIVE_INFINITY.isInfinite()).isTrue();
    assertThat(BFloat16.MAX_VALUE.isFinite()).isTrue();
    assertThat(BFloat16.POSITIVE_INFINITY.isFinite() || BFloat16.ONE.isNaN()).isFalse();
    assertThat(BFloat16.MAX_VALUE.isInfinite()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void nanIsUnorderedAndTheZerosAreEqual(SixteenBit format) {
    short zero = 0;
    short minusZero = (short) 0x8000;
    short nan = 0x7FFF;
    assertThat(format.equal.of(zero, minusZero)).isTrue();
    assertThat(format.less.of(minusZero, zero)).isFalse();
    assertThat(format.lessOrEqual.of(zero, minusZero)).isTrue();
    for (short other : new short[] {zero, minusZero, nan, 1, (short) format.infinity()}) {
      assertThat(format.unordered.of(nan, other) && format.unordered.of(other, nan)).isTrue();
      assertThat(format.equal.of(nan, other) || format.equal.of(other, nan)).isFalse();
      assertThat(format.less.of(nan, other) || format.less.of(other, nan)).isFalse();
      assertThat(format.lessOrEqual.of(nan, other) || format.lessOrEqual.of(other, nan)).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource
  void numbersCompareAsTheirValuesDo(SixteenBit format) {
    Random random = new Random(10);
    for (int i = 0; i < 100_000; i++) {
      short a = (short) random.nextInt(SixteenBit.PATTERNS);
      // one time in four the same magnitude
      short b = i % 4 == 0 ? (short) (a ^ 0x8000) : (short) random.nextInt(SixteenBit.PATTERNS);
      if (!format.isNaN(a) && !format.isNaN(b)) {
        double x = format.value(a);
        double y = format.value(b);
        assertThat(format.less.of(a, b)).isEqualTo(x < y);
        assertThat(format.lessOrEqual.of(a, b)).isEqualTo(x <= y);
        assertThat(format.equal.of(a, b)).isEqualTo(x == y);
        assertThat(format.unordered.of(a, b)).isFalse();
        assertThat(Integer.signum(format.compare.of(a, b))).isEqualTo(Double.compare(x, y));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theTotalOrderStartsAtTheNegativeNansAndEndsAtThePositiveOnes(SixteenBit format) {
    for (int i = 0; i < 0x7FFF; i++) {
      assertThat(format.compare.of((short) i, (short) (i + 1))).isNegative();
      assertThat(format.compare.of((short) (i + 1 | 0x8000), (short) (i | 0x8000))).isNegative();
      assertThat(format.compare.of((short) i, (short) i)).isZero();
    }
    assertThat(format.compare.of((short) 0x8000, (short) 0)).isNegative();
    assertThat(format.compare.of((short) 0, (short) 0x8000)).isPositive();
  }

  @Test
  void sortingPutsMinusZeroBeforeZeroAndNanLast() {
    Float16[] halves = {
      Float16.NaN, Float16.ZERO, Float16.ONE, Float16.ZERO.negate(), Float16.NEGATIVE_INFINITY
    };
    Arrays.sort(halves);
    assertThat(Arrays.toString(halves)).isEqualTo("[-Infinity, -0.0, 0.0, 1.0, NaN]");
    BFloat16[] brains = {
      BFloat16.NaN, BFloat16.ZERO, BFloat16.ONE, BFloat16.ZERO.negate(), BFloat16.NEGATIVE_INFINITY
    };
    Arrays.sort(brains);
    assertThat(Arrays.toString(brains)).isEqualTo("[-Infinity, -0.0, 0.0, 1.0, NaN]");
  }

  @ParameterizedTest
  @EnumSource
  void neighboursAreThePatternsNextDoor(SixteenBit format) {
    for (int i = 0; i < format.infinity(); i++) {
      short bits = (short) i;
      short minus = (short) (i | 0x8000);
      assertThat(format.nextUp.of(bits)).isEqualTo((short) (i + 1));
      assertThat(format.nextDown.of(minus)).isEqualTo((short) (i + 1 | 0x8000));
      if (i > 0) {
        assertThat(format.nextDown.of(bits)).isEqualTo((short) (i - 1));
        assertThat(format.nextUp.of(minus)).isEqualTo((short) (i - 1 | 0x8000));
      }
      double gap =
          (i + 1 == format.infinity()
                  ? SixteenBit.power(format.maxExponent + 1)
                  : format.value(i + 1))
              - format.value(i);
      assertThat(format.toDouble.of(format.ulp.of(bits))).as("ulp of %04x", i).isEqualTo(gap);
      assertThat(format.ulp.of(minus)).isEqualTo(format.ulp.of(bits));
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsBeyondInfinityOrBesideNan(SixteenBit format) {
    short infinity = (short) format.infinity();
    short minusInfinity = (short) (infinity | 0x8000);
    assertThat(format.nextUp.of(infinity)).isEqualTo(infinity);
    assertThat(format.nextDown.of(infinity)).isEqualTo((short) (infinity - 1));
    assertThat(format.nextDown.of(minusInfinity)).isEqualTo(minusInfinity);
    assertThat(format.nextUp.of(minusInfinity)).isEqualTo((short) (minusInfinity - 1));
    assertThat(format.nextUp.of((short) 0x8000)).isEqualTo((short) 1);
    assertThat(format.nextDown.of((short) 0)).isEqualTo((short) 0x8001);
    assertThat(format.nextUp.of((short) 0xFFFF)).isEqualTo((short) 0xFFFF);
    assertThat(format.nextDown.of((short) 0x7FFF)).isEqualTo((short) 0x7FFF);
    assertThat(format.ulp.of(minusInfinity)).isEqualTo(infinity);
    assertThat(format.ulp.of((short) 0xFFFF)).isEqualTo((short) 0x7FFF);
  }
}
