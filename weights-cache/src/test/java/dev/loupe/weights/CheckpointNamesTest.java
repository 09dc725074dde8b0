package dev.loupe.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.weights.synthetic.SyntheticShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointNamesTest {

  @ParameterizedTest
  @CsvSource({
    "visual.patch_embed.proj.weight, visual.patch_embed.proj.weight",
    "model.visual.blocks.3.attn.qkv.bias, visual.blocks.3.attn.qkv.bias",
    "model.layers.0.self_attn.q_proj.weight, model.layers.0.self_attn.q_proj.weight",
    "model.language_model.layers.0.mlp.up_proj.weight, model.layers.0.mlp.up_proj.weight",
    "language_model.embed_tokens.weight, model.embed_tokens.weight",
    "model.language_model.norm.weight, model.norm.weight",
    "embed_tokens.weight, model.embed_tokens.weight",
    "layers.27.input_layernorm.weight, model.layers.27.input_layernorm.weight",
    "norm.weight, model.norm.weight",
    "lm_head.weight, lm_head.weight",
    "model.language_modelling.weight, model.language_modelling.weight",
    "something.else, something.else"
  })
  void everySpellingHasOnePublishedName(String stored, String published) {
    assertThat(CheckpointNames.canonical(stored)).isEqualTo(published);
  }

  @Test
  void allNamesOfAModelSurviveTheMoveOfTransformersAndBack() {
    for (String name : SyntheticShape.QWEN2_VL_7B.tensors().sequencedKeySet()) {
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
