package dev.loupe.engine.text;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Elementwise;
import dev.loupe.tensor.nn.KeyValues;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.RmsNorm;
import dev.loupe.tensor.nn.RotaryEmbedding;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.StageId;
import java.io.IOException;
import java.util.List;

/** One layer of the decoder: {@code Qwen2VLDecoderLayer} of modeling_qwen2_vl.py. */
final class DecoderLayer {
  private final OperationId sum;
  private final StageId stage;
  private final RmsNorm inputLayernorm;
  private final GroupedQueryAttention selfAttn;
  private final RmsNorm postAttentionLayernorm;
  private final SwiGluMlp mlp;

  DecoderLayer(LayerLoader weights, ModuleId id, TextConfig config) throws IOException {
    sum = id.output();
    stage = StageId.decoderLayer(id.layer().orElseThrow());
    int width = config.hiddenSize();
    float eps = config.rmsNormEps();
    inputLayernorm = weights.rmsNorm(id.child("input_layernorm"), width, eps);
    selfAttn = new GroupedQueryAttention(weights, id.child("self_attn"), config);
    postAttentionLayernorm = weights.rmsNorm(id.child("post_attention_layernorm"), width, eps);
    mlp = new SwiGluMlp(weights, id.child("mlp"), config);
  }

  /**
   * Adds what the layer computes to x [tokens, hiddenSize], in place.
   *
   * @param caches one, to which all tokens belong, or one for each token
   */
  void forward(Tensor x, RotaryEmbedding rotary, List<KeyValues> caches, Workspace w) {
    try (var _ = w.frame()) {
      Tensor y = selfAttn.forward(inputLayernorm.forward(x, w), rotary, caches, w);
      Elementwise.add(sum, x, y, w);
    }
    try (var _ = w.frame()) {
      Elementwise.add(sum, x, mlp.forward(postAttentionLayernorm.forward(x, w), w), w);
    }
    w.stage(stage, x);
  }
}
