package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The JDK's own half type as a second opinion, where the module of the Vector API is there. */
class JdkFloat16Test {

  @BeforeAll
  static void needsTheVectorModule() {
    assumeTrue(
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
        "without --add-modules=jdk.incubator.vector there is no jdk.incubator.vector.Float16");
  }

  /** Apart, so that the test class loads without the module. */
  private static final class Jdk {
    private static jdk.incubator.vector.Float16 of(short bits) {
      return jdk.incubator.vector.Float16.shortBitsToFloat16(bits);
    }

    private static short bits(jdk.incubator.vector.Float16 x) {
      return jdk.incubator.vector.Float16.float16ToRawShortBits(x);
    }

    static short add(short a, short b) {
      return bits(jdk.incubator.vector.Float16.add(of(a), of(b)));
    }

    static short subtract(short a, short b) {
      return bits(jdk.incubator.vector.Float16.subtract(of(a), of(b)));
    }

    static short multiply(short a, short b) {
      return bits(jdk.incubator.vector.Float16.multiply(of(a), of(b)));
    }

    static short divide(short a, short b) {
      return bits(jdk.incubator.vector.Float16.divide(of(a), of(b)));
    }

    static short fma(short a, short b, short c) {
      return bits(jdk.incubator.vector.Float16.fma(of(a), of(b), of(c)));
    }

    static short sqrt(short bits) {
      return bits(jdk.incubator.vector.Float16.sqrt(of(bits)));
    }

    static short valueOf(double x) {
      return bits(jdk.incubator.vector.Float16.valueOf(x));
    }

    static String print(short bits) {
      return of(bits).toString();
    }

    static float floatValue(short bits) {
      return of(bits).floatValue();
    }
  }

  private static void assertSame(short expected, short found, String what) {
    if (!SixteenBit.FLOAT16.same(expected, found)) {
      assertThat(SixteenBit.hex(found)).as(what).isEqualTo(SixteenBit.hex(expected));
    }
  }

  @Test
  void everyPatternWidensAndHasTheSameRoot() {
    for (int i = 0; i < SixteenBit.PATTERNS; i++) {
      short bits = (short) i;
      assertThat(Float16.toFloat(bits)).isEqualTo(Float.valueOf(Jdk.floatValue(bits)));
      assertSame(Jdk.sqrt(bits), HalfFormat.FLOAT16.sqrt(bits), "sqrt");
    }
  }

  @Test
  void everyPatternHasTheSameText() {
    for (int i = 0; i < SixteenBit.PATTERNS; i++) {
      assertThat(HalfFormat.FLOAT16.toString((short) i)).isEqualTo(Jdk.print((short) i));
    }
  }

  @Test
  void arithmeticOnRandomPatternsIsTheSame() {
    Random random = new Random(11);
    for (int i = 0; i < 1_000_000; i++) {
      short a = (short) random.nextInt(SixteenBit.PATTERNS);
      short b = (short) random.nextInt(SixteenBit.PATTERNS);
      short c = (short) random.nextInt(SixteenBit.PATTERNS);
      assertSame(Jdk.add(a, b), HalfFormat.FLOAT16.add(a, b), "add");
      assertSame(Jdk.subtract(a, b), HalfFormat.FLOAT16.subtract(a, b), "subtract");
      assertSame(Jdk.multiply(a, b), HalfFormat.FLOAT16.multiply(a, b), "multiply");
      assertSame(Jdk.divide(a, b), HalfFormat.FLOAT16.divide(a, b), "divide");
      assertSame(Jdk.fma(a, b, c), HalfFormat.FLOAT16.fma(a, b, c), "fma");
    }
  }

  @Test
  void doublesNarrowTheSame() {
    Random random = new Random(12);
    for (int i = 0; i < 1_000_000; i++) {
      // all significands, exponents from below the smallest subnormal to above the overflow edge
      double x = Math.scalb(random.nextDouble(-2, 2), random.nextInt(-28, 18));
      assertSame(Jdk.valueOf(x), HalfFormat.FLOAT16.fromDouble(x), "valueOf");
      double tie = SixteenBit.FLOAT16.tieAbove(random.nextInt(SixteenBit.FLOAT16.infinity()));
      assertSame(Jdk.valueOf(tie), HalfFormat.FLOAT16.fromDouble(tie), "valueOf");
      double above = Math.nextUp(tie);
      assertSame(Jdk.valueOf(above), HalfFormat.FLOAT16.fromDouble(above), "valueOf");
    }
  }
}
