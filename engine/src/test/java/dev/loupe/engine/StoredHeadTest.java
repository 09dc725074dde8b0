package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.inspect.ModelInspection;
import dev.loupe.engine.inspect.TensorInventory;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint whose configuration ties the output layer, and which stores one all the same. */
class StoredHeadTest {
  private static final String HEAD = "lm_head.weight";
  private static final String EMBEDDING = "model.embed_tokens.weight";

  @TempDir private Path folder;

  /** What becomes of the embedding's table before it is stored as the head. */
  private interface Change {
    Tensor of(Tensor table, Arena arena);
  }

  private static Tensor same(Tensor table, Arena arena) {
    return table;
  }

  private static Tensor widened(Tensor table, Arena arena) {
    float[] numbers = table.toFloats();
    return Tensor.ofFloats(arena, numbers, table.shape().toArray());
  }

  /** The built-in model's scores become those of the negative. */
  private static Tensor negated(Tensor table, Arena arena) {
    float[] numbers = table.toFloats();
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = -numbers[i];
    }
    return Tensor.ofFloats(arena, numbers, table.shape().toArray());
  }

  private ModelFiles model(Change change) throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (ModelWeights weights = BuiltInModel.files().openWeights();
        Arena arena = Arena.ofConfined()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : weights.names()) {
        tensors.put(name, weights.tensor(name));
      }
      tensors.put(HEAD, change.of(tensors.get(EMBEDDING), arena));
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    return new ChangedModel().with("model.safetensors", Files.readAllBytes(file));
  }

  private static List<Integer> answer(ModelFiles files, List<String> warnings) throws IOException {
    LoadListener listener =
        new LoadListener() {
          @Override
          public void packed(long done, long total) {}

          @Override
          public void warning(String message) {
            warnings.add(message);
          }
        };
    LoadOptions options = LoadOptions.defaults().noCache().listener(listener);
    try (Qwen2Vl model = Qwen2Vl.load(files, options)) {
      GenerationOptions few = GenerationOptions.greedy().maxNewTokens(3);
      return model.generate(Prompt.of("Describe this image."), few).tokens();
    }
  }

  @Test
  void aHeadWithOtherNumbersIsUsedAndToldOnce() throws IOException {
    List<String> warnings = new ArrayList<>();
    List<Integer> tied = answer(BuiltInModel.files(), warnings);
    assertThat(warnings).isEmpty();
    assertThat(answer(model(StoredHeadTest::negated), warnings)).isNotEqualTo(tied);
    assertThat(warnings).containsExactly(StoredHead.NOTE);
  }

  @Test
  void aHeadWithTheSameNumbersChangesNothing() throws IOException {
    List<String> warnings = new ArrayList<>();
    List<Integer> tied = answer(BuiltInModel.files(), warnings);
    assertThat(answer(model(StoredHeadTest::same), warnings)).isEqualTo(tied);
    assertThat(answer(model(StoredHeadTest::widened), warnings)).isEqualTo(tied);
    assertThat(warnings).isEmpty();
  }

  @Test
  void anInspectionTellsItAndFindsNothingWrong() throws IOException {
    ModelFiles files = model(StoredHeadTest::negated);
    ModelInspection inspection = inspection(files);
    assertThat(inspection.notes()).containsExactly(StoredHead.NOTE);
    assertThat(inspection.problems()).isEmpty();
    assertThat(inspection.sections()).doesNotContainKey("unused_tensors");
    assertThat(inspection(model(StoredHeadTest::same)).notes()).isEmpty();
  }

  private static ModelInspection inspection(ModelFiles files) {
    ModelInspection inspection = new ModelInspection(files, Exception::getMessage);
    inspection.tensors(() -> {
      try (ModelWeights weights = files.openWeights()) {
        return TensorInventory.of(weights, false, bytes -> {});
      }
    });
    return inspection;
  }

  @Test
  void aTypeThatLoupeDoesNotReadIsListedWhereItIsNotNeededAndRefusedWhereItIs() throws IOException {
    ModelFiles files = model((table, arena) -> Tensor.allocate(arena, DType.I8, 1));
    try (ModelWeights weights = files.openWeights()) {
      assertThat(StoredHead.resolve(ModelParts.config(files), weights).text().tieWordEmbeddings())
          .as("of another shape, so not tied")
          .isFalse();
    }
  }
}
