package dev.loupe.vision.preprocess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.vision.image.RgbImage;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The expected rows are Pillow 12.3's {@code resize(size, BICUBIC)} of the same 7 x 5 picture. */
class BicubicResamplerTest {
  private static final RgbImage SOURCE =
      gray(
          "0 11 44 99 176 19 140",
          "37 48 81 136 213 56 177",
          "74 85 118 173 250 93 214",
          "111 122 155 210 31 130 251",
          "148 159 192 247 68 167 32");

  @Test
  void shrinkingBothSidesEqualsPillow() {
    assertThat(rows(BicubicResampler.resize(SOURCE, 4, 3)))
        .containsExactly("15 68 144 100", "76 130 171 165", "137 194 121 132");
  }

  @Test
  void anUnchangedWidthSkipsTheHorizontalPass() {
    assertThat(rows(BicubicResampler.resize(SOURCE, 7, 3)))
        .containsExactly(
            "13 24 57 112 197 32 153", "74 85 118 173 196 93 224", "135 146 179 234 47 154 125");
  }

  @Test
  void enlargingEqualsPillow() {
    String[] rows = rows(BicubicResampler.resize(SOURCE, 14, 10));
    assertThat(rows).hasSize(10);
    assertThat(rows[0]).isEqualTo("0 0 3 14 31 53 80 119 170 144 41 32 111 148");
    assertThat(rows[9]).isEqualTo("150 152 157 168 185 213 252 215 102 83 157 142 45 0");
  }

  @Test
  void theSameSizeIsACopy() {
    assertThat(BicubicResampler.resize(SOURCE, 7, 5).toByteArray()).isEqualTo(SOURCE.toByteArray());
  }

  @Test
  void channelsDoNotMix() {
    byte[] samples = new byte[4 * 4 * 3];
    Arrays.fill(samples, (byte) 7);
    for (int i = 1; i < samples.length; i += 3) {
      samples[i] = (byte) 200;
    }
    RgbImage resized = BicubicResampler.resize(RgbImage.of(4, 4, samples), 9, 2);
    assertThat(resized.sample(3, 1, 0)).isEqualTo(7);
    assertThat(resized.sample(3, 1, 1)).isEqualTo(200);
    assertThat(resized.sample(3, 1, 2)).isEqualTo(7);
  }

  private static RgbImage gray(String... rows) {
    int[][] levels =
        Stream.of(rows)
            .map(row -> Stream.of(row.split(" ")).mapToInt(Integer::parseInt).toArray())
            .toArray(int[][]::new);
    int width = levels[0].length;
    byte[] samples = new byte[levels.length * width * 3];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) levels[i / 3 / width][i / 3 % width];
    }
    return RgbImage.of(width, levels.length, samples);
  }

  private static String[] rows(RgbImage image) {
    String[] rows = new String[image.height()];
    for (int y = 0; y < rows.length; y++) {
      StringBuilder row = new StringBuilder();
      for (int x = 0; x < image.width(); x++) {
        row.append(x == 0 ? "" : " ").append(image.sample(x, y, 0));
      }
      rows[y] = row.toString();
    }
    return rows;
  }
}
