package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HalfTextTest {

  @ParameterizedTest
  @EnumSource
  void everyNumberReadsBackFromItsText(SixteenBit format) {
    for (int i = 0; i < SixteenBit.PATTERNS; i++) {
      short bits = (short) i;
      short expected = format.isNaN(bits) ? 0x7FFF : bits;
      assertThat(format.parse.of(format.print.of(bits)))
          .as("%04x: %s", i, format.print.of(bits))
          .isEqualTo(expected);
    }
  }

  /**
   * Decimals of one digit fewer, on either side of the number, read back as something else; and of
   * the text's own length none is nearer.
   */
  @ParameterizedTest
  @EnumSource
  void noShorterTextReadsBackAndNoneOfTheSameLengthIsNearer(SixteenBit format) {
    for (int i = 1; i < format.infinity(); i++) {
      short bits = (short) i;
      BigDecimal exact = new BigDecimal(format.value(i));
      BigDecimal text = new BigDecimal(format.print.of(bits)).stripTrailingZeros();
      int digits = Math.max(text.precision(), 2);
      BigDecimal unit = BigDecimal.ONE.scaleByPowerOfTen(text.precision() - text.scale() - digits);
      BigDecimal error = text.subtract(exact).abs();
      for (BigDecimal other : new BigDecimal[] {text.add(unit), text.subtract(unit)}) {
        boolean nearer = other.subtract(exact).abs().compareTo(error) < 0;
        assertThat(nearer && readsAs(format, other, bits)).as("%s, not %s", other, text).isFalse();
      }
      if (digits > 2) {
        BigDecimal coarse = unit.scaleByPowerOfTen(1);
        BigDecimal down = exact.divideToIntegralValue(coarse).multiply(coarse);
        assertThat(readsAs(format, down, bits)).as("%s, not %s", down, text).isFalse();
        BigDecimal up = down.add(coarse);
        assertThat(readsAs(format, up, bits)).as("%s, not %s", up, text).isFalse();
      }
    }
  }

  private static boolean readsAs(SixteenBit format, BigDecimal decimal, short bits) {
    return format.round(decimal, 0.0) == bits;
  }

  @Test
  void numbersAreWrittenAsFloatsAre() {
    assertThat(Float16.valueOf(0.1f)).hasToString("0.1");
    assertThat(Float16.MAX_VALUE).hasToString("65500.0");
    assertThat(Float16.MIN_VALUE).hasToString("6.0E-8");
    assertThat(Float16.valueOf(0x3p-24f)).hasToString("1.8E-7");
    assertThat(Float16.ZERO.negate()).hasToString("-0.0");
    assertThat(Float16.NEGATIVE_INFINITY).hasToString("-Infinity");
    assertThat(new Float16((short) 0xFE00)).hasToString("NaN");
    assertThat(BFloat16.valueOf(0.1f)).hasToString("0.1");
    assertThat(BFloat16.MAX_VALUE).hasToString("3.39E38");
    assertThat(BFloat16.MIN_VALUE).hasToString("9.2E-41");
    assertThat(BFloat16.valueOf(256f)).hasToString("256.0");
  }

  @Test
  void textIsRoundedOnceHoweverManyDigitsItHas() {
    // the decimal expansion of a tie of float16, and a one far behind it
    String tie = new BigDecimal(1 + 0x1p-11).toString();
    String tail = "0".repeat(60) + "1";
    assertThat(HalfFormat.FLOAT16.parse(tie)).isEqualTo((short) 0x3C00);
    assertThat(HalfFormat.FLOAT16.parse(tie + tail)).isEqualTo((short) 0x3C01);
    assertThat(HalfFormat.FLOAT16.parse("-" + tie + tail)).isEqualTo((short) 0xBC01);
    assertThat(HalfFormat.FLOAT16.parse("65519." + "9".repeat(60))).isEqualTo((short) 0x7BFF);
    assertThat(HalfFormat.FLOAT16.parse("65520")).isEqualTo((short) 0x7C00);
    String brainTie = new BigDecimal(1 + 0x1p-8).toString();
    assertThat(HalfFormat.BFLOAT16.parse(brainTie)).isEqualTo((short) 0x3F80);
    assertThat(HalfFormat.BFLOAT16.parse(brainTie + tail)).isEqualTo((short) 0x3F81);
  }

  @ParameterizedTest
  @EnumSource
  void signsExponentsAndTheWordsAreUnderstood(SixteenBit format) {
    assertThat(format.parse.of(" +1.5e0 ")).isEqualTo(format.fromFloat.of(1.5f));
    assertThat(format.parse.of("-0")).isEqualTo((short) 0x8000);
    assertThat(format.parse.of("1e9999")).isEqualTo((short) format.infinity());
    assertThat(format.parse.of("-1e-9999")).isEqualTo((short) 0x8000);
    assertThat(format.parse.of("+Infinity")).isEqualTo((short) format.infinity());
    assertThat(format.parse.of("-Infinity")).isEqualTo((short) (format.infinity() | 0x8000));
    assertThat(format.parse.of("-NaN")).isEqualTo((short) 0x7FFF);
  }

  @Test
  void otherTextIsRefused() {
    for (String text : new String[] {"", "-", "--1", "+-1", "inf", "0x1p3", "1,5", "1f"}) {
      assertThatThrownBy(() -> Float16.valueOf(text))
          .isInstanceOf(NumberFormatException.class)
          .hasMessage(
              "float16: expected a decimal number, NaN or Infinity, found \"" + text + "\"");
      assertThatThrownBy(() -> BFloat16.valueOf(text))
          .isInstanceOf(NumberFormatException.class)
          .hasMessage(
              "bfloat16: expected a decimal number, NaN or Infinity, found \"" + text + "\"");
    }
  }
}
