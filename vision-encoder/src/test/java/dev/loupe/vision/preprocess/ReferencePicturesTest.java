package dev.loupe.vision.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.vision.image.Pictures;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The 26 reference pictures: decoded by Pillow 12.3, resized and cut into patches by {@code
 * Qwen2VLImageProcessorPil} of transformers 5.18; SHA-256 of each stage in {@code pictures.json}.
 */
class ReferencePicturesTest {
  private static final Map<String, Object> GOLDEN = Pictures.json("pictures.json");
  private static final String LOSSY = "rgb-200x133-lossy.webp";

  static Stream<String> names() {
    return Pictures.object(GOLDEN.get("pictures")).keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyStageEqualsTheReference(String name) throws IOException {
    Map<String, Object> golden = Pictures.object(Pictures.object(GOLDEN.get("pictures")).get(name));
    ImageProcessorConfig config =
        ImageProcessorConfig.defaults().withPixels(number("min_pixels"), number("max_pixels"));
    RgbImage picture = Pictures.decode(name);
    assertThat(List.of(picture.width(), picture.height()))
        .isEqualTo(List.of(golden.get("width"), golden.get("height")));
    try (Arena arena = Arena.ofConfined()) {
      ProcessedImage processed = new ImageProcessor(config).process(picture, arena);
      assertThat(List.of(processed.resizedWidth(), processed.resizedHeight()))
          .isEqualTo(List.of(golden.get("resized_width"), golden.get("resized_height")));
      PatchGrid grid = processed.grid();
      assertThat(List.of(grid.t(), grid.h(), grid.w())).isEqualTo(golden.get("grid_thw"));
      if (name.equals(LOSSY)) {
        return; // its samples are the business of KnownDeviationsTest
      }
      RgbImage resized =
          BicubicResampler.resize(picture, processed.resizedWidth(), processed.resizedHeight());
      assertThat(Pictures.sha256(picture.toByteArray())).isEqualTo(golden.get("rgb_sha256"));
      assertThat(Pictures.sha256(resized.toByteArray())).isEqualTo(golden.get("resized_sha256"));
      assertThat(Pictures.sha256(processed.pixelValues().segment().asByteBuffer()))
          .isEqualTo(golden.get("pixel_values_sha256"));
    }
  }

  @Test
  void thereAreTwentySixOfThem() {
    assertThat(names()).hasSize(26).contains(LOSSY);
  }

  @Test
  void smartResizeEqualsTheReference() {
    List<?> rows = (List<?>) GOLDEN.get("smart_resize_h_w_min_max");
    assertThat(rows).hasSize(72);
    for (Object entry : rows) {
      List<?> row = (List<?>) entry;
      int height = (Integer) row.get(0);
      int width = (Integer) row.get(1);
      SmartResize resize =
          new SmartResize(28, ((Number) row.get(2)).longValue(), ((Number) row.get(3)).longValue());
      if (row.get(4) instanceof List<?> expected) {
        SmartResize.Size size = resize.apply("picture", height, width);
        assertThat(List.of(size.height(), size.width())).as("%s", row).isEqualTo(expected);
      } else {
        assertThatThrownBy(() -> resize.apply("picture", height, width))
            .as("%s", row)
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  /** CRC32 from a second, independent run of transformers (4.57.6 and 5.18.0 agree). */
  @ParameterizedTest
  @CsvSource({"png,bb685125,4d9241d5", "jpg,4334e495,676d0393"})
  void thePictureOfTheTinyCheckpointEqualsTheReference(String type, String resized, String values)
      throws IOException {
    RgbImage picture = Pictures.decode("edge/img_100x75." + type);
    try (Arena arena = Arena.ofConfined()) {
      ProcessedImage processed =
          new ImageProcessor(ImageProcessorConfig.defaults()).process(picture, arena);
      assertThat(processed.grid()).isEqualTo(new PatchGrid(1, 6, 8, 2));
      CRC32 crc = new CRC32();
      crc.update(BicubicResampler.resize(picture, 112, 84).toByteArray());
      assertThat(Long.toHexString(crc.getValue())).isEqualTo(resized);
      crc.reset();
      crc.update(processed.pixelValues().segment().asByteBuffer());
      assertThat(Long.toHexString(crc.getValue())).isEqualTo(values);
    }
  }

  private static long number(String key) {
    return ((Number) GOLDEN.get(key)).longValue();
  }
}
