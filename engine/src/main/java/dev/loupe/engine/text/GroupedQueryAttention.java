package dev.loupe.engine.text;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Attention;
import dev.loupe.tensor.nn.KeyValues;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.nn.RotaryEmbedding;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Step;
import java.io.IOException;
import java.util.List;

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
  private final OperationId rotatedQueries;
  private final OperationId rotatedKeys;
  private final int keyValueHeads;

  GroupedQueryAttention(LayerLoader weights, ModuleId id, TextConfig config) throws IOException {
    int width = config.hiddenSize();
    qProj = weights.linear(id.child("q_proj"), width, width);
    kProj = weights.linear(id.child("k_proj"), config.keyValueSize(), width);
    vProj = weights.linear(id.child("v_proj"), config.keyValueSize(), width);
    oProj = weights.linearWithoutBias(id.child("o_proj"), width, width);
    attention = new Attention(id, config.numAttentionHeads(), config.headDim());
    rotatedQueries = id.step(Step.ROTATED_QUERIES);
    rotatedKeys = id.step(Step.ROTATED_KEYS);
    keyValueHeads = config.numKeyValueHeads();
  }

  /**
   * Appends the keys and values of x to the caches and attends to all that they hold.
   *
   * @param x [tokens, hiddenSize]: any number of tokens for one cache, or one for each cache
   */
  Tensor forward(Tensor x, RotaryEmbedding rotary, List<KeyValues> caches, Workspace w) {
    Tensor q = qProj.forward(x, w);
    Tensor k = kProj.forward(x, w);
    Tensor v = vProj.forward(x, w);
    rotary.rotate(rotatedQueries, q, 0, attention.heads(), w);
    rotary.rotate(rotatedKeys, k, 0, keyValueHeads, w);
    return oProj.forward(attend(q, k, v, caches, w), w);
  }

  private Tensor attend(Tensor q, Tensor k, Tensor v, List<KeyValues> caches, Workspace w) {
    if (caches.size() == 1) {
      KeyValues cache = caches.getFirst();
      cache.append(k, v, w);
      return attention.causal(q, cache, w);
    }
    w.backend()
        .parallel(
            caches.size(),
            (from, to, worker) -> {
              for (int i = from; i < to; i++) {
                caches.get(i).append(row(k, i), row(v, i));
              }
            });
    return attention.causal(q, caches, w);
  }

  private static Tensor row(Tensor t, int i) {
    return t.rows(i, i + 1L);
  }
}
