package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HalfConversionTest {

  @ParameterizedTest
  @EnumSource
  void everyPatternWidensExactly(SixteenBit format) {
    for (int i = 0; i < SixteenBit.PATTERNS; i++) {
      short bits = (short) i;
      double expected = format.isNaN(bits) ? Double.NaN : format.value(i);
      // Double's equals tells -0 from 0 and takes all NaNs for one.
      assertThat(format.toDouble.of(bits)).as("%04x", i).isEqualTo(Double.valueOf(expected));
      assertThat((double) format.toFloat.of(bits))
          .as("%04x", i)
          .isEqualTo(Double.valueOf(expected));
    }
  }

  @Test
  void everyFloat16WidensAsInTheJdk() {
    for (int i = 0; i < SixteenBit.PATTERNS; i++) {
      Float expected = Float.float16ToFloat((short) i);
      assertThat(Float16.toFloat((short) i)).as("%04x", i).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyPatternComesBackAsItWasAndNanAsTheCanonicalOne(SixteenBit format) {
    for (int i = 0; i < SixteenBit.PATTERNS; i++) {
      short bits = (short) i;
      short expected = format.isNaN(bits) ? 0x7FFF : bits;
      assertThat(format.fromFloat.of(format.toFloat.of(bits))).isEqualTo(expected);
      assertThat(format.fromDouble.of(format.toDouble.of(bits))).isEqualTo(expected);
      assertThat(format.fromDoubleViaFloat.of(format.toDouble.of(bits))).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource
  void betweenAnyTwoNeighboursTheNearerIsTakenAndHalfWayTheEvenOne(SixteenBit format) {
    for (int i = 0; i < format.infinity(); i++) {
      float tie = (float) format.tieAbove(i);
      assertThat((double) tie).as("%04x: ties fit float32", i).isEqualTo(format.tieAbove(i));
      int even = i + (i & 1);
      narrows(format, Math.nextDown(tie), i);
      narrows(format, tie, even);
      narrows(format, Math.nextUp(tie), i + 1);
      narrowsDirectly(format, Math.nextDown((double) tie), i);
      narrowsDirectly(format, tie, even);
      narrowsDirectly(format, Math.nextUp((double) tie), i + 1);
      assertThat(format.fromDoubleViaFloat.of(Math.nextUp((double) tie)))
          .as("%04x: one unit of float64 above a tie is the tie in float32", i)
          .isEqualTo((short) even);
    }
  }

  private static void narrows(SixteenBit format, float x, int expected) {
    assertThat(format.fromFloat.of(x)).as("%s", x).isEqualTo((short) expected);
    assertThat(format.fromFloat.of(-x)).as("-%s", x).isEqualTo((short) (expected | 0x8000));
    assertThat(format.fromDoubleViaFloat.of(x)).as("%s", x).isEqualTo((short) expected);
    narrowsDirectly(format, x, expected);
  }

  private static void narrowsDirectly(SixteenBit format, double x, int expected) {
    assertThat(format.fromDouble.of(x)).as("%s", x).isEqualTo((short) expected);
    assertThat(format.fromDouble.of(-x)).as("-%s", x).isEqualTo((short) (expected | 0x8000));
  }

  @Test
  void float16OverflowsFrom65520() {
    assertThat(Float16.fromFloat(65519.99f)).isEqualTo((short) 0x7BFF);
    assertThat(Float16.fromFloat(65520f)).isEqualTo((short) 0x7C00);
    assertThat(Float16.fromFloat(-65520f)).isEqualTo((short) 0xFC00);
    assertThat(HalfFormat.FLOAT16.fromDouble(Math.nextDown(65520.0))).isEqualTo((short) 0x7BFF);
    // 65520 less 2^-37 is 65520 in float32
    assertThat(HalfFormat.FLOAT16.fromDoubleViaFloat(Math.nextDown(65520.0)))
        .isEqualTo((short) 0x7C00);
  }

  @Test
  void float16KeepsSubnormalsDownToJustAboveTwoToTheMinus25() {
    assertThat(Float16.fromFloat(0x1p-24f)).isEqualTo((short) 1);
    assertThat(Float16.fromFloat(0x1p-25f)).isEqualTo((short) 0);
    assertThat(Float16.fromFloat(-0x1p-25f)).isEqualTo((short) 0x8000);
    assertThat(Float16.fromFloat(Math.nextUp(0x1p-25f))).isEqualTo((short) 1);
    assertThat(HalfFormat.FLOAT16.fromDouble(Double.MIN_VALUE)).isEqualTo((short) 0);
    assertThat(HalfFormat.FLOAT16.fromDouble(-Double.MIN_VALUE)).isEqualTo((short) 0x8000);
  }

  @Test
  void bfloat16OverflowsFromHalfAUnitAboveItsLargest() {
    assertThat(BFloat16.fromFloat(Float.intBitsToFloat(0x7F7F7FFF))).isEqualTo((short) 0x7F7F);
    assertThat(BFloat16.fromFloat(Float.intBitsToFloat(0x7F7F8000))).isEqualTo((short) 0x7F80);
    assertThat(BFloat16.OVERFLOW).isEqualTo(Float.intBitsToFloat(0x7F7F8000));
    assertThat(BFloat16.fromFloat(Float.MAX_VALUE)).isEqualTo((short) 0x7F80);
    assertThat(HalfFormat.BFLOAT16.fromDouble(Double.MAX_VALUE)).isEqualTo((short) 0x7F80);
  }

  /** The results through float32 are those of torch 2.13 on the CPU. */
  @Test
  void doubleThroughFloatRoundsTwiceAsInPyTorch() {
    double aboveFloat16Tie = 1 + 0x1p-11 + 0x1p-40;
    assertThat(HalfFormat.FLOAT16.fromDouble(aboveFloat16Tie)).isEqualTo((short) 0x3C01);
    assertThat(HalfFormat.FLOAT16.fromDoubleViaFloat(aboveFloat16Tie)).isEqualTo((short) 0x3C00);
    double aboveBFloat16Tie = 1 + 0x1p-8 + 0x1p-40;
    assertThat(HalfFormat.BFLOAT16.fromDouble(aboveBFloat16Tie)).isEqualTo((short) 0x3F81);
    assertThat(HalfFormat.BFLOAT16.fromDoubleViaFloat(aboveBFloat16Tie)).isEqualTo((short) 0x3F80);
  }

  @ParameterizedTest
  @EnumSource
  void nanIsCanonicalUnlessThePayloadIsAskedFor(SixteenBit format) {
    for (int word : new int[] {0x7F800001, 0x7FC00000, 0x7FFFFFFF, 0xFF800001, 0xFFFFFFFF}) {
      float nan = Float.intBitsToFloat(word);
      assertThat(format.fromFloat.of(nan)).isEqualTo((short) 0x7FFF);
      assertThat(format.fromFloatByPolicy.of(nan, NanPolicy.CANONICAL)).isEqualTo((short) 0x7FFF);
    }
    assertThat(format.fromDouble.of(Double.NaN)).isEqualTo((short) 0x7FFF);
    assertThat(format.fromDoubleViaFloat.of(Double.NaN)).isEqualTo((short) 0x7FFF);
  }

  /** The float16 patterns are those of x86's F16C, seen through torch 2.13. */
  @Test
  void aKeptPayloadIsCutToLengthAndMadeQuiet() {
    int[] words = {0x7F800001, 0xFFFFFFFF, 0x7FA02000, 0xFFC00000};
    int[] float16 = {0x7E00, 0xFFFF, 0x7F01, 0xFE00};
    int[] bfloat16 = {0x7FC0, 0xFFFF, 0x7FE0, 0xFFC0};
    for (int i = 0; i < words.length; i++) {
      float nan = Float.intBitsToFloat(words[i]);
      assertThat(HalfFormat.FLOAT16.fromFloat(nan, NanPolicy.KEEP_PAYLOAD))
          .isEqualTo((short) float16[i]);
      assertThat(HalfFormat.BFLOAT16.fromFloat(nan, NanPolicy.KEEP_PAYLOAD))
          .isEqualTo((short) bfloat16[i]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aQuietNanKeepsItsPayloadThereAndBack(SixteenBit format) {
    int quiet = 1 << format.fractionBits - 1;
    for (int i = 0; i < SixteenBit.PATTERNS; i++) {
      short bits = (short) i;
      if (format.isNaN(bits)) {
        float wide = format.toFloat.of(bits);
        assertThat(format.fromFloatByPolicy.of(wide, NanPolicy.KEEP_PAYLOAD))
            .isEqualTo((short) (i | quiet));
      }
    }
  }

  @Test
  void valuesAreMadeOfFloatsDoublesAndText() {
    assertThat(Float16.valueOf(1.5f)).isEqualTo(new Float16((short) 0x3E00));
    assertThat(Float16.valueOf(1 + 0x1p-11 + 0x1p-40).bits()).isEqualTo((short) 0x3C01);
    assertThat(Float16.valueOf("65504")).isEqualTo(Float16.MAX_VALUE);
    assertThat(Float16.MIN_VALUE.floatValue()).isEqualTo(0x1p-24f);
    assertThat(Float16.MIN_NORMAL.doubleValue()).isEqualTo(0x1p-14);
    assertThat(BFloat16.valueOf(1.5f)).isEqualTo(new BFloat16((short) 0x3FC0));
    assertThat(BFloat16.valueOf(1 + 0x1p-8 + 0x1p-40).bits()).isEqualTo((short) 0x3F81);
    assertThat(BFloat16.valueOf("3.39e38")).isEqualTo(BFloat16.MAX_VALUE);
    assertThat(BFloat16.MIN_VALUE.floatValue()).isEqualTo(0x1p-133f);
    assertThat(BFloat16.MIN_NORMAL.doubleValue()).isEqualTo(0x1p-126);
  }
}
