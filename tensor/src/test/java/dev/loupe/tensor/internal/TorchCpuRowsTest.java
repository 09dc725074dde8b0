package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Operations along a row that have the bits of PyTorch 2.13 on an x86 CPU. */
class TorchCpuRowsTest {

  private static Tensor row(Arena arena, int width) {
    float[] x = new float[width];
    for (int i = 0; i < width; i++) {
      x[i] = Rounding.round(DType.F16, (float) ((i * 7919 % 1009 - 504) * 0.013));
    }
    return Tensor.ofFloats(arena, x, 1, width);
  }

  /** {@code x.pow(2).sum(-1)}; one width is no multiple of a vector's. */
  @ParameterizedTest
  @CsvSource({
    "32, 43e28787",
    "80, 449289aa",
    "129, 44e90e26",
    "160, 45115f0e",
    "1280, 468f82ba",
    "1536, 46ac0aeb",
    "3584, 4748d645"
  })
  void squaresAreSummedInItsOrder(int width, String bits) {
    try (Arena arena = Arena.ofConfined()) {
      float sum = new TorchCpuNormSums().squares(Row.of(row(arena, width), 0));

      assertThat(Integer.toHexString(Float.floatToIntBits(sum))).isEqualTo(bits);
    }
  }

  /** {@code torch.softmax(x, -1)} of float32, by the checksum of its bytes. */
  @ParameterizedTest
  @CsvSource({"7, 40188f67", "43, 3620c152", "96, fc1248be", "192, 625a85a2"})
  void aSoftmaxHasItsBits(int width, String checksum) {
    for (RowKernels kernels :
        new RowKernels[] {KernelsProvider.scalar().rows(), KernelsProvider.best().rows()}) {
      try (Arena arena = Arena.ofConfined()) {
        Tensor x = row(arena, width);
        kernels.softmax(DType.F32, x.segment(), 0, width);

        CRC32 crc = new CRC32();
        crc.update(x.segment().toArray(ValueLayout.JAVA_BYTE));
        assertThat(Long.toHexString(crc.getValue())).isEqualTo(checksum);
      }
    }
  }
}
