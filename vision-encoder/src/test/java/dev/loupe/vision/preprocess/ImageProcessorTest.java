package dev.loupe.vision.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.vision.image.RgbImage;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageProcessorTest {
  private final Arena arena = Arena.ofConfined();
  private final ImageProcessor processor = new ImageProcessor(ImageProcessorConfig.defaults());

  @AfterEach
  void close() {
    arena.close();
  }

  /** The layout is written out once more from its definition, with other sizes as well. */
  @ParameterizedTest
  @CsvSource({
    "14, 2, 2, 1",
    "14, 2, 2, 3",
    "14, 2, 2, 4",
    "16, 2, 2, 2",
    "7, 3, 2, 4",
    "14, 1, 2, 2",
    "14, 2, 1, 1",
    "7, 2, 3, 3",
    "4, 2, 4, 4"
  })
  void everySampleLiesWhereTheDefinitionPutsIt(int side, int depth, int merge, int count) {
    ImageProcessorConfig config =
        ImageProcessorConfig.of(
            Map.of(
                "patch_size",
                side,
                "temporal_patch_size",
                depth,
                "merge_size",
                merge,
                "min_pixels",
                1,
                "max_pixels",
                1_000_000));
    int width = side * merge * 3;
    int height = side * merge * 2;
    List<RgbImage> frames =
        IntStream.range(0, count).mapToObj(f -> noise(f, width, height)).toList();
    ProcessedImage processed = new ImageProcessor(config).process(frames, arena);
    int t = (count + depth - 1) / depth;
    assertThat(processed.grid()).isEqualTo(new PatchGrid(t, 2 * merge, 3 * merge, merge));
    float[] values = processed.pixelValues().toFloats();
    int window = merge * merge;
    assertThat(processed.grid().tokens()).isEqualTo(t * 6);
    assertThat(values).hasSize(t * 6 * window * 3 * depth * side * side);
    NormalizationTable table = new NormalizationTable(config);
    for (int i = 0; i < values.length; i++) {
      int x = i % side;
      int y = i / side % side;
      int tau = i / (side * side) % depth;
      int c = i / (side * side * depth) % 3;
      int row = i / (side * side * depth * 3);
      int column = row / window % 3 * merge + row % merge;
      int line = row / window / 3 % 2 * merge + row / merge % merge;
      int frame = Math.min(row / window / 6 * depth + tau, count - 1);
      int sample = frames.get(frame).sample(column * side + x, line * side + y, c);
      assertThat(values[i]).isEqualTo(table.value(c, (byte) sample));
    }
  }

  @Test
  void anImageIsAClipOfTwoEqualFrames() {
    RgbImage image = noise(1, 100, 75);
    float[] one = processor.process(image, arena).pixelValues().toFloats();
    float[] two = processor.process(List.of(image, image), arena).pixelValues().toFloats();
    assertThat(one).isEqualTo(two);
  }

  @Test
  void theRecordSaysBothSizes() {
    ProcessedImage processed = processor.process(noise(1, 100, 75), arena);
    assertThat(processed.width()).isEqualTo(100);
    assertThat(processed.height()).isEqualTo(75);
    assertThat(processed.resizedWidth()).isEqualTo(112);
    assertThat(processed.resizedHeight()).isEqualTo(84);
    assertThat(processed.grid().patches()).isEqualTo(48);
    assertThat(processed.grid().tokens()).isEqualTo(12);
    assertThat(processed.pixelValues().shape()).hasToString("[48, 1176]");
  }

  @ParameterizedTest
  @CsvSource({"1, 5, 7, 35", "2, 6, 8, 12", "4, 4, 8, 2"})
  void aPictureIsScaledToWholeWindows(int merge, int h, int w, int tokens) {
    ImageProcessor merging =
        new ImageProcessor(ImageProcessorConfig.of(Map.of("merge_size", merge)));
    ProcessedImage processed = merging.process(noise(1, 100, 75), arena);
    assertThat(processed.grid()).isEqualTo(new PatchGrid(1, h, w, merge));
    assertThat(merging.tokens(100, 75)).isEqualTo(tokens).isEqualTo(processed.grid().tokens());
  }

  @Test
  void aStripIsRefusedByItsName() {
    RgbImage strip = noise(1, 1, 201).named("strip.png");
    assertThatThrownBy(() -> processor.process(strip, arena))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("strip.png: expected sides in a ratio of at most 200:1, found 1 x");
  }

  @Test
  void framesOfDifferentSizesAreRefused() {
    RgbImage first = noise(1, 100, 75).named("a.png");
    assertThatThrownBy(
            () -> processor.process(List.of(first, noise(2, 75, 100).named("b.png")), arena))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "b.png: expected frames of one size after resizing, 112 x 84 as a.png, found 84 x 112;"
                + " scale or crop the frames to one size");
    assertThat(processor.process(List.of(first, noise(2, 110, 80)), arena).grid().t()).isOne();
  }

  @Test
  void aClipWithoutFramesIsRefused() {
    assertThatThrownBy(() -> processor.process(List.of(), arena))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("clip: expected at least 1 frame, found 0");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2, 2, 2",
    "1, 3, 2, 2",
    "1, 2, 3, 2",
    "1, 0, 2, 2",
    "2, 32768, 32768, 2",
    "1, 6, 4, 4",
    "1, 1, 1, 0"
  })
  void gridsThatCannotBeMergedAreRefused(int t, int h, int w, int mergeSize) {
    assertThatThrownBy(() -> new PatchGrid(t, h, w, mergeSize))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found [%d, %d, %d]".formatted(t, h, w));
  }

  private static RgbImage noise(int seed, int width, int height) {
    byte[] samples = new byte[width * height * 3];
    new Random(seed).nextBytes(samples);
    return RgbImage.of(width, height, samples);
  }
}
