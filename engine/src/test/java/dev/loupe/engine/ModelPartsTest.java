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
