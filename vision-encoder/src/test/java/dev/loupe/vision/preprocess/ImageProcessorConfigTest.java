package dev.loupe.vision.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.jr.ob.JSON;

class ImageProcessorConfigTest {

  /** The file of the published Qwen2-VL checkpoints. */
  private static final String PUBLISHED =
      """
      {"min_pixels": 3136, "max_pixels": 12845056, "patch_size": 14, "temporal_patch_size": 2,
       "merge_size": 2, "image_mean": [0.48145466, 0.4578275, 0.40821073],
       "image_std": [0.26862954, 0.26130258, 0.27577711],
       "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2VLProcessor"}
      """;

  @Test
  void thePublishedFileIsTheDefaultWithAHigherLimit() {
    assertThat(of(PUBLISHED)).isEqualTo(ImageProcessorConfig.defaults().withPixels(3136, 12845056));
    assertThat(of(PUBLISHED).patchValues()).isEqualTo(1176);
  }

  @Test
  void anEmptyFileIsTheDefault() {
    assertThat(of("{}")).isEqualTo(ImageProcessorConfig.defaults());
    assertThat(of("{}").maxPixels()).isEqualTo(1003520);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0000',
      value = {
        "{\"size\":{\"shortest_edge\":100,\"longest_edge\":200}} | 100 | 200",
        "{\"size\":{\"min_pixels\":100,\"max_pixels\":200}} | 100 | 200",
        "{\"size\":{\"shortest_edge\":1,\"longest_edge\":2},\"max_pixels\":300} | 1 | 300",
        "{\"size\":{\"shortest_edge\":1,\"longest_edge\":2},\"min_pixels\":2} | 2 | 2",
        "{\"size\":null,\"min_pixels\":100,\"max_pixels\":null} | 100 | 1003520",
        "{\"min_pixels\":50176.0} | 50176 | 1003520"
      })
  void limitsAtTheTopOverrideThoseInSize(String json, long min, long max) {
    ImageProcessorConfig config = of(json);
    assertThat(List.of(config.minPixels(), config.maxPixels())).containsExactly(min, max);
  }

  @Test
  void nullCountsAsMissingInAMapOfAnyKind() {
    Map<String, Object> json = new HashMap<>();
    json.put("patch_size", null);
    assertThat(ImageProcessorConfig.of(json)).isEqualTo(ImageProcessorConfig.defaults());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0000',
      value = {
        "{\"do_resize\":false} | do_resize: expected true, found false",
        "{\"do_rescale\":false} | do_rescale: expected true, found false",
        "{\"do_normalize\":\"yes\"} | do_normalize: expected true or false, found \"yes\"",
        "{\"resample\":2} | resample: expected 3 (bicubic), found 2",
        "{\"merge_size\":0} | merge_size: expected 1 to 1024, found 0",
        "{\"merge_size\":1025} | merge_size: expected 1 to 1024, found 1025",
        "{\"patch_size\":0} | patch_size: expected 1 to 1024, found 0",
        "{\"patch_size\":4294967310} | patch_size: expected an integer of 32 bits",
        "{\"patch_size\":14.5} | patch_size: expected an integer, found 14.5",
        "{\"patch_size\":\"14\"} | patch_size: expected an integer, found \"14\"",
        "{\"temporal_patch_size\":-1} | temporal_patch_size: expected 1 to 1024, found -1",
        "{\"rescale_factor\":0} | rescale_factor: expected a positive number, found 0.0",
        "{\"image_mean\":[1,2]} | image_mean: expected three numbers, found [1.0, 2.0]",
        "{\"image_mean\":0.5} | image_mean: expected a list of numbers, found 0.5",
        "{\"image_std\":[1,0,1]} | image_std: expected three positive numbers",
        "{\"image_std\":[1,\"x\",1]} | image_std[1]: expected a number, found \"x\"",
        "{\"size\":7} | size: expected an object, found 7",
        "{\"size\":{\"height\":7}} | size: expected shortest_edge and longest_edge, found {height",
        "{\"max_pixels\":3135} | min_pixels, max_pixels: expected 1 <= min_pixels <= max_pixels",
        "{\"min_pixels\":0} | found 0, 1003520"
      })
  void whatLoupeDoesNotDoIsRefused(String json, String message) {
    assertThatThrownBy(() -> of(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private static ImageProcessorConfig of(String json) {
    return ImageProcessorConfig.of(JSON.std.mapFrom(json));
  }
}
