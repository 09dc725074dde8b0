package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.jr.ob.JSON;

class ModelPartsTest {

  @ParameterizedTest
  @CsvSource({
    "patch_size, 16, 14",
    "temporal_patch_size, 1, 2",
    "merge_size, 1, 2",
    "merge_size, 4, 2"
  })
  void picturesCutInAnotherWayThanTheTowerExpectsAreRefused(String field, int found, int expected)
      throws IOException {
    Qwen2VlConfig config = ModelParts.config(BuiltInModel.files());
    ModelFiles files = new Preprocessor(Map.of(field, found));

    assertThatThrownBy(() -> ModelParts.images(files, config))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "preprocessor_config.json: expected the %s %d of config.json, found %d"
                .formatted(field, expected, found));
  }

  @Test
  void picturesCutAsTheTowerExpectsAreAccepted() throws IOException {
    Qwen2VlConfig config = ModelParts.config(BuiltInModel.files());

    assertThat(ModelParts.images(new Preprocessor(Map.of("merge_size", 2)), config).mergeSize())
        .isEqualTo(config.vision().spatialMergeSize());
  }

  private static final String NESTED = "image_processor in processor_config.json";

  /** As transformers 5.17, also where both files are there. */
  @Test
  void theSettingsOfPicturesAreTakenFromTheProcessorFirst() throws IOException {
    ChangedModel files =
        new ChangedModel()
            .with(
                "processor_config.json",
                """
                {"processor_class": "Qwen2VLProcessor",
                 "image_processor": {"size": {"longest_edge": 12544, "shortest_edge": 3136}}}
                """);
    Qwen2VlConfig config = ModelParts.config(files);
    assertThat(ModelParts.images(files, config).maxPixels()).isEqualTo(12544);
    assertThat(ModelParts.imagesSource(files)).contains(NESTED);
    files.without("preprocessor_config.json");
    assertThat(ModelParts.images(files, config).maxPixels()).isEqualTo(12544);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"processor_class\":\"Qwen2VLProcessor\"}", "{\"image_processor\":null}"})
  void aProcessorWithoutSettingsOfPicturesLeavesThemToTheOlderFile(String json) throws IOException {
    ChangedModel files = new ChangedModel().with("processor_config.json", json);
    assertThat(ModelParts.imagesSource(files)).contains("preprocessor_config.json");
    files.without("preprocessor_config.json");
    assertThat(ModelParts.imagesSource(files)).isEmpty();
    assertThat(ModelParts.images(files, ModelParts.config(files)).maxPixels()).isEqualTo(1003520);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "7 | processor_config.json of changed: expected a JSON object, found 7",
        "{'image_processor':7} | processor_config.json of changed: image_processor: expected an object",
        "{'image_processor':{'do_resize':false}} | image_processor in processor_config.json of changed: do_resize: expected true",
        "{'image_processor':{'image_std':[0,1,1]}} | image_std: expected three positive numbers",
        "{'image_processor':{'image_mean':[1e308,0,0]}} | expected numbers that keep pixels within float32",
        "{'image_processor':{'image_std':[1e-300,1,1]}} | expected numbers that keep pixels within float32",
        "{'image_processor':{'rescale_factor':1e300}} | expected numbers that keep pixels within float32",
        "{'image_processor':{'image_mean':[1,2]}} | image_mean: expected three numbers",
        "{'image_processor':{'image_mean':[1,2,null]}} | image_mean[2]: expected a number, found null",
        "{'image_processor':{'max_pixels':18446744073709551617}} | max_pixels: expected an integer of 64 bits",
        "{'image_processor':{'min_pixels':-1}} | min_pixels, max_pixels: expected 1 <=",
        "{'image_processor':{'merge_size':2147483647}} | merge_size: expected 1 to 1024",
        "{'image_processor':{'patch_size':1024,'temporal_patch_size':1024}} | numbers in a patch"
      })
  void settingsOfPicturesThatCannotBeAreRefused(String json, String message) throws IOException {
    ChangedModel files = new ChangedModel().with("processor_config.json", json.replace('\'', '"'));
    Qwen2VlConfig config = ModelParts.config(files);
    assertThatThrownBy(() -> ModelParts.images(files, config))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  /** A model of which only {@code preprocessor_config.json} is there. */
  private record Preprocessor(Map<String, Object> content) implements ModelFiles {

    @Override
    public String name() {
      return "model";
    }

    @Override
    public String location() {
      return "model";
    }

    @Override
    public boolean has(String file) {
      return file.equals("preprocessor_config.json");
    }

    @Override
    public InputStream open(String file) throws IOException {
      return new ByteArrayInputStream(JSON.std.asBytes(content));
    }

    @Override
    public ModelWeights openWeights() {
      throw new UnsupportedOperationException();
    }
  }
}
