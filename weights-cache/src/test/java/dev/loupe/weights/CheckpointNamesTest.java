package dev.loupe.weights;

import static org.assertj.core.api.Assertions.assertThat;

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
}
