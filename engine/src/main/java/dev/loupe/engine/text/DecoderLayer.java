package dev.loupe.engine.text;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Elementwise;
import dev.loupe.tensor.nn.KeyValues;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.RmsNorm;
import dev.loupe.tensor.nn.RotaryEmbedding;
import java.io.IOException;
import java.util.List;

/** One layer of the decoder: {@code Qwen2VLDecoderLayer} of modeling_qwen2_vl.py. */
final class DecoderLayer {
  private final String name;
  private final RmsNorm inputLayernorm;
  private final GroupedQueryAttention selfAttn;
  private final RmsNorm postAttentionLayernorm;
  private final SwiGluMlp mlp;

  DecoderLayer(LayerLoader weights, int layer, TextConfig config) throws IOException {
    name = "model.layers." + layer;
    int width = config.hiddenSize();
    float eps = config.rmsNormEps();
    inputLayernorm = weights.rmsNorm(name + ".input_layernorm", width, eps);
    selfAttn = new GroupedQueryAttention(weights, layer, config);
    postAttentionLayernorm = weights.rmsNorm(name + ".post_attention_layernorm", width, eps);
    mlp = new SwiGluMlp(weights, name + ".mlp", config);
  }

  /**
   * Adds what the layer computes to x [tokens, hiddenSize], in place.
   *
   * @param caches one, to which all tokens belong, or one for each token
   */
  void forward(Tensor x, RotaryEmbedding rotary, List<KeyValues> caches, Workspace w) {
    try (var _ = w.frame()) {
      Tensor y = selfAttn.forward(inputLayernorm.forward(x, w), rotary, caches, w);
      Elementwise.add(name, x, y, w);
    }
    try (var _ = w.frame()) {
      Elementwise.add(name, x, mlp.forward(postAttentionLayernorm.forward(x, w), w), w);
    }
  }
}
