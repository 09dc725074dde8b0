package dev.loupe.engine.text;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Attention;
import dev.loupe.tensor.nn.KeyValues;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.nn.RotaryEmbedding;
import java.io.IOException;

/**
 * Causal attention in which several query heads share a key and value head (Ainslie et al., arXiv
 * 2305.13245; {@code Qwen2VLAttention} of modeling_qwen2_vl.py).
 */
final class GroupedQueryAttention {
  private final Linear qProj;
  private final Linear kProj;
  private final Linear vProj;
  private final Linear oProj;
  private final Attention attention;
  private final int keyValueHeads;

  GroupedQueryAttention(LayerLoader weights, int layer, TextConfig config) throws IOException {
    String name = "model.layers." + layer + ".self_attn";
    int width = config.hiddenSize();
    qProj = weights.linear(name + ".q_proj", width, width);
    kProj = weights.linear(name + ".k_proj", config.keyValueSize(), width);
    vProj = weights.linear(name + ".v_proj", config.keyValueSize(), width);
    oProj = weights.linearWithoutBias(name + ".o_proj", width, width);
    attention = Attention.ofDecoder(layer, config.numAttentionHeads(), config.headDim());
    keyValueHeads = config.numKeyValueHeads();
  }

  /** Appends the keys and values of x to the cache and attends to all that it holds. */
  Tensor forward(Tensor x, RotaryEmbedding rotary, KeyValues cache, Workspace w) {
    Tensor q = qProj.forward(x, w);
    Tensor k = kProj.forward(x, w);
    Tensor v = vProj.forward(x, w);
    rotary.rotate(q, 0, attention.heads(), w);
    rotary.rotate(k, 0, keyValueHeads, w);
    cache.append(k, v);
    return oProj.forward(attention.causal(q, cache, w), w);
  }
}
