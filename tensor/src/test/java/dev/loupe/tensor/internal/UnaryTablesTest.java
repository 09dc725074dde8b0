package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.BFloat16;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Float16;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.UnaryFunction;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnaryTablesTest {
  private static final int PATTERNS = 1 << 16;

  @ParameterizedTest
  @EnumSource(names = {"SILU", "QUICK_GELU", "GELU"})
  void everyPatternIsLookedUpAsItIsComputed(UnaryFunction function) {
    try (Arena arena = Arena.ofConfined()) {
      for (DType dtype : new DType[] {DType.F16, DType.BF16}) {
        Tensor x = Tensor.allocate(arena, DType.F32, PATTERNS);
        for (int i = 0; i < PATTERNS; i++) {
          x.segment().setAtIndex(Tensor.FLOAT, i, widen(dtype, (short) i));
        }
        UnaryTables.apply(function, dtype, x.segment(), 0, PATTERNS);
        for (int i = 0; i < PATTERNS; i++) {
          float expected = widen(dtype, function.apply(dtype, (short) i));
          assertThat(Float.floatToIntBits(x.getFloat(i)))
              .as("%s of %s pattern %04x", function, dtype, i)
              .isEqualTo(Float.floatToIntBits(expected));
        }
      }
    }
  }

  @Test
  void onlyTheGivenRangeIsTouched() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.ofFloats(arena, new float[] {-1, -1, -1, -1}, 4);
      UnaryTables.apply(UnaryFunction.SILU, DType.F16, x.segment(), 1, 2);
      float silu = Float16.toFloat(UnaryFunction.SILU.apply(DType.F16, Float16.fromFloat(-1)));
      assertThat(x.toFloats()).containsExactly(-1, silu, silu, -1);
    }
  }

  @Test
  void float32AndFunctionsWithoutTableAreRefused() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.allocate(arena, DType.F32, 1);
      assertThatThrownBy(() -> UnaryTables.apply(UnaryFunction.SILU, DType.F32, x.segment(), 0, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("expected F16 or BF16, found F32");
      assertThatThrownBy(() -> UnaryTables.apply(UnaryFunction.LOG, DType.F16, x.segment(), 0, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("no table of LOG");
    }
  }

  private static float widen(DType dtype, short bits) {
    return dtype == DType.F16 ? Float16.toFloat(bits) : BFloat16.toFloat(bits);
  }
}
