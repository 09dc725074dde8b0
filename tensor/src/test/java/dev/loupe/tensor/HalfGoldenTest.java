package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Equal to PyTorch 2.13 on the CPU in every element. The goldens write every NaN as 0x7E00 (0x7FC0
 * in bfloat16), Loupe as 0x7FFF, so NaN is compared as a class; all else in every bit.
 */
class HalfGoldenTest {

  private static GoldenFile golden(SixteenBit format) throws IOException {
    String name = format.name().toLowerCase(Locale.ROOT);
    return GoldenFile.shared("goldens/half/half-" + name + ".safetensors");
  }

  private static void assertSame(SixteenBit format, short[] expected, short[] found) {
    List<String> differing = new ArrayList<>();
    for (int i = 0; i < expected.length; i++) {
      if (!format.same(expected[i], found[i])) {
        differing.add(
            "element %d: expected %s, found %s"
                .formatted(i, SixteenBit.hex(expected[i]), SixteenBit.hex(found[i])));
      }
    }
    assertThat(found).hasSameSizeAs(expected);
    assertThat(differing).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void float32NarrowsAsInPyTorch(SixteenBit format) throws IOException {
    GoldenFile golden = golden(format);
    int[] words = golden.ints("from_float32.in");
    short[] found = new short[words.length];
    short[] direct = new short[words.length];
    short[] oracle = new short[words.length];
    for (int i = 0; i < words.length; i++) {
      float x = Float.intBitsToFloat(words[i]);
      found[i] = format.fromFloat.of(x);
      direct[i] = format.fromDouble.of(x);
      oracle[i] = format.round(x);
    }
    short[] expected = golden.shorts("from_float32.out");
    assertThat(expected).hasSize(127_401);
    assertSame(format, expected, found);
    assertSame(format, expected, direct);
    assertSame(format, expected, oracle);
  }

  @ParameterizedTest
  @EnumSource
  void sumsDifferencesProductsAndQuotientsAreThoseOfPyTorch(SixteenBit format) throws IOException {
    GoldenFile golden = golden(format);
    short[] a = golden.shorts("binary.a");
    short[] b = golden.shorts("binary.b");
    assertThat(a).hasSize(60_400);
    for (Map.Entry<String, SixteenBit.Binary> operation : format.arithmetic.entrySet()) {
      short[] found = new short[a.length];
      for (int i = 0; i < a.length; i++) {
        found[i] = operation.getValue().of(a[i], b[i]);
      }
      assertSame(format, golden.shorts("binary." + operation.getKey()), found);
    }
  }

  @ParameterizedTest
  @EnumSource
  void rootsSquaresAndReciprocalsOfAllPatternsAreThoseOfPyTorch(SixteenBit format)
      throws IOException {
    GoldenFile golden = golden(format);
    short one = format.fromFloat.of(1);
    short[] roots = new short[SixteenBit.PATTERNS];
    short[] squares = new short[SixteenBit.PATTERNS];
    short[] reciprocals = new short[SixteenBit.PATTERNS];
    for (int i = 0; i < SixteenBit.PATTERNS; i++) {
      roots[i] = format.sqrt.of((short) i);
      squares[i] = format.arithmetic.get("mul").of((short) i, (short) i);
      reciprocals[i] = format.arithmetic.get("div").of(one, (short) i);
    }
    assertSame(format, golden.shorts("unary.sqrt"), roots);
    assertSame(format, golden.shorts("unary.square"), squares);
    assertSame(format, golden.shorts("unary.reciprocal"), reciprocals);
  }
}
