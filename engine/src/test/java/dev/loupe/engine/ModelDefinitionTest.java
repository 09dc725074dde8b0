package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.synthetic.SyntheticModel;
import dev.loupe.tensor.Shape;
import dev.loupe.weights.CheckpointNames;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.StoredTensor;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelDefinitionTest {

  private static ModelDefinition definition(String synthetic) throws IOException {
    return ModelDefinition.of(ModelParts.config(new SyntheticModel(synthetic)));
  }

  private static Map<String, StoredTensor> builtIn() throws IOException {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    try (ModelWeights weights = BuiltInModel.files().openWeights()) {
      for (String name : weights.names()) {
        tensors.put(name, weights.stored(name));
      }
    }
    return tensors;
  }

  @Test
  void theBuiltInModelHasTheTensorsOfItsDefinitionAndNoOther() throws IOException {
    ModelDefinition definition = ModelDefinition.of(ModelParts.config(BuiltInModel.files()));

    assertThat(definition.tensors().keySet()).isEqualTo(builtIn().keySet());
    assertThat(definition.differences(builtIn())).isEmpty();
  }

  /** Names and shapes of one block and one layer of the published 2B, and what is around them. */
  @Test
  void aLayerConsistsOfTheTensorsOfThePublishedModel() throws IOException {
    StringBuilder list = new StringBuilder();
    definition("synthetic:2b:layers=1:depth=1:tied=false")
        .tensors()
        .forEach((name, shape) -> list.append(name).append(' ').append(shape).append('\n'));

    assertThat(list)
        .hasToString(
            """
            visual.patch_embed.proj.weight [1280, 3, 2, 14, 14]
            visual.blocks.0.norm1.weight [1280]
            visual.blocks.0.norm1.bias [1280]
            visual.blocks.0.norm2.weight [1280]
            visual.blocks.0.norm2.bias [1280]
            visual.blocks.0.attn.qkv.weight [3840, 1280]
            visual.blocks.0.attn.qkv.bias [3840]
            visual.blocks.0.attn.proj.weight [1280, 1280]
            visual.blocks.0.attn.proj.bias [1280]
            visual.blocks.0.mlp.fc1.weight [5120, 1280]
            visual.blocks.0.mlp.fc1.bias [5120]
            visual.blocks.0.mlp.fc2.weight [1280, 5120]
            visual.blocks.0.mlp.fc2.bias [1280]
            visual.merger.ln_q.weight [1280]
            visual.merger.ln_q.bias [1280]
            visual.merger.mlp.0.weight [5120, 5120]
            visual.merger.mlp.0.bias [5120]
            visual.merger.mlp.2.weight [1536, 5120]
            visual.merger.mlp.2.bias [1536]
            model.embed_tokens.weight [151936, 1536]
            model.layers.0.input_layernorm.weight [1536]
            model.layers.0.self_attn.q_proj.weight [1536, 1536]
            model.layers.0.self_attn.q_proj.bias [1536]
            model.layers.0.self_attn.k_proj.weight [256, 1536]
            model.layers.0.self_attn.k_proj.bias [256]
            model.layers.0.self_attn.v_proj.weight [256, 1536]
            model.layers.0.self_attn.v_proj.bias [256]
            model.layers.0.self_attn.o_proj.weight [1536, 1536]
            model.layers.0.post_attention_layernorm.weight [1536]
            model.layers.0.mlp.gate_proj.weight [8960, 1536]
            model.layers.0.mlp.up_proj.weight [8960, 1536]
            model.layers.0.mlp.down_proj.weight [1536, 8960]
            model.norm.weight [1536]
            lm_head.weight [151936, 1536]
            """);
  }

  @Test
  void everyDifferenceIsNamedWithWhatWasExpectedAndFound() throws IOException {
    ModelDefinition definition = ModelDefinition.of(ModelParts.config(BuiltInModel.files()));
    Map<String, StoredTensor> tensors = builtIn();
    tensors.remove("model.layers.1.self_attn.q_proj.bias");
    tensors.put(
        "model.norm.weight", new StoredTensor(StoredType.BF16, Shape.of(161), "a.safetensors"));
    tensors.put(
        "visual.merger.ln_q.bias",
        new StoredTensor(StoredType.I16, Shape.of(128), "a.safetensors"));
    tensors.put("other.weight", new StoredTensor(StoredType.BF16, Shape.of(1), "a.safetensors"));

    assertThat(definition.differences(tensors))
        .containsExactly(
            "visual.merger.ln_q.bias: expected F32, BF16 or F16, found I16 in a.safetensors",
            "model.layers.1.self_attn.q_proj.bias: expected [160], found none among 105 tensors",
            "model.norm.weight: expected [160], found [161] in a.safetensors");
  }

  @Test
  void aConfigurationOfTooManyLayersIsRefusedBeforeItFillsTheMemory() {
    SyntheticModel model = new SyntheticModel("synthetic:2b:layers=999999999");

    assertThatThrownBy(model::definition)
        .isInstanceOf(IOException.class)
        .hasMessage("config.json: num_hidden_layers: expected 1 to 1000, found 999999999");
  }

  @Test
  void allNamesOfAModelSurviveTheMoveOfTransformersAndBack() throws IOException {
    for (String name : definition("synthetic:7b").tensors().keySet()) {
      // The two rules by which transformers 4.52 and later rename what they load.
      String moved =
          name.replaceFirst("^visual", "model.visual")
              .replaceFirst("^model(?!\\.(language_model|visual))", "model.language_model");
      assertThat(moved)
          .satisfiesAnyOf(
              m -> assertThat(m).isNotEqualTo(name),
              m -> assertThat(m).isEqualTo("lm_head.weight"));
      assertThat(CheckpointNames.canonical(moved)).isEqualTo(name);
      assertThat(CheckpointNames.canonical(name)).isEqualTo(name);
    }
  }
}
