package dev.loupe.vision.preprocess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.image.ImageHeader;
import dev.loupe.vision.image.Pictures;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures that are made small, or looked at, before their turn comes. */
class EarlyResizeTest {

  @TempDir Path folder;

  /** Strips whose resized size would be resized again included. */
  @ParameterizedTest
  @CsvSource({
    "640, 480, 100352",
    "1600, 1200, 25088",
    "13, 17, 100352",
    "57, 91, 3136",
    "2000, 10, 3136",
    "199, 1, 100352",
    "28, 5600, 5000",
    "84, 84, 7056"
  })
  void aPictureResizedEarlyHasTheSamePatches(int width, int height, int maxPixels) {
    ImageProcessor processor =
        new ImageProcessor(ImageProcessorConfig.defaults().withPixels(3136, maxPixels));
    RgbImage picture = noise(width, height);
    try (Arena arena = Arena.ofConfined()) {
      ProcessedImage whole = processor.process(picture, arena);
      ProcessedImage early = processor.process(processor.resize(picture), arena);

      assertThat(early.grid()).isEqualTo(whole.grid());
      assertThat(early.pixelValues().toFloats()).isEqualTo(whole.pixelValues().toFloats());
      assertThat(processor.tokens(width, height)).isEqualTo(whole.grid().tokens());
    }
  }

  private static RgbImage noise(int width, int height) {
    byte[] samples = new byte[width * height * RgbImage.CHANNELS];
    new Random(width).nextBytes(samples);
    return RgbImage.of(width, height, samples);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb-57x91.png",
        "rgb-300x200-444.jpg",
        "rgb-333x251-progressive.jpg",
        "cmyk-160x120.jpg",
        "palette-140x100.gif",
        "rgb-130x70.bmp",
        "rgb-150x110.tiff",
        "rgb-200x133-lossy.webp"
      })
  void theHeaderTellsTheSizeThatDecodingGives(String name) throws IOException {
    Path file = Files.write(folder.resolve(name), Pictures.file(name));
    RgbImage picture = new ImageDecoder().decode(file);

    assertThat(ImageHeader.read(file)).contains(new ImageHeader(picture.width(), picture.height()));
  }

  @Test
  void aFileWithoutAHeaderHasNoSize() throws IOException {
    assertThat(ImageHeader.read(folder.resolve("missing.png"))).isEmpty();
    assertThat(ImageHeader.read(Files.createFile(folder.resolve("empty.png")))).isEmpty();
    assertThat(ImageHeader.read(Files.writeString(folder.resolve("cut.jpg"), "\u00ff\u00d8")))
        .isEmpty();
  }
}
