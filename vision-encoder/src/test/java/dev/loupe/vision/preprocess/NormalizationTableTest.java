package dev.loupe.vision.preprocess;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bits and CRC32 were taken from transformers' PIL image processor. */
class NormalizationTableTest {
  private static final NormalizationTable TABLE =
      new NormalizationTable(ImageProcessorConfig.defaults());

  @Test
  void allValuesHaveTheReferencesBits() {
    ByteBuffer bytes = ByteBuffer.allocate(3 * 256 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int channel = 0; channel < 3; channel++) {
      for (int level = 0; level < 256; level++) {
        bytes.putFloat(TABLE.value(channel, (byte) level));
      }
    }
    CRC32 crc = new CRC32();
    crc.update(bytes.flip());
    assertThat(Long.toHexString(crc.getValue())).isEqualTo("88a84fb3");
  }

  @ParameterizedTest
  @CsvSource({
    "0, bfe568dc bfe38a7f 3d7ce092 3d9c5620 3ff71541",
    "1, bfe044b8 bfde58f1 3e1d9531 3e2cf36b 4004cae5",
    "2, bfbd77d8 bfbba5e1 3ea6c5e6 3eae0dc4 40095660"
  })
  void singleValuesHaveTheReferencesBits(int channel, String expected) {
    StringBuilder found = new StringBuilder();
    for (int level : new int[] {0, 1, 127, 128, 255}) {
      int bits = Float.floatToRawIntBits(TABLE.value(channel, (byte) level));
      found.append(found.isEmpty() ? "" : " ").append(HexFormat.of().toHexDigits(bits));
    }
    assertThat(found).hasToString(expected);
  }
}
