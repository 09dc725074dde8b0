package dev.loupe.engine.text;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Embedding;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.RmsNorm;
import dev.loupe.tensor.nn.RotaryEmbedding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The language model: embeddings in, logits out ({@code Qwen2VLTextModel} of modeling_qwen2_vl.py).
 */
public final class TextDecoder {
  private final Embedding embedTokens;
  private final MultimodalRotaryEmbedding rotaryEmb;
  private final List<DecoderLayer> layers;
  private final RmsNorm norm;
  private final LmHead lmHead;

  /**
   * Loads the decoder.
   *
   * @throws IOException if a tensor is missing or of another shape or type
   */
  public TextDecoder(LayerLoader weights, TextConfig config) throws IOException {
    embedTokens = weights.embedding("model.embed_tokens", config.vocabSize(), config.hiddenSize());
    rotaryEmb = new MultimodalRotaryEmbedding(config);
    layers = new ArrayList<>();
    for (int n = 0; n < config.numHiddenLayers(); n++) {
      layers.add(new DecoderLayer(weights, n, config));
    }
    norm = weights.rmsNorm("model.norm", config.hiddenSize(), config.rmsNormEps());
    lmHead = new LmHead(weights, embedTokens, config);
  }

  /** The embeddings of token ids [tokens, hiddenSize], in scratch memory. */
  public Tensor embed(int[] ids, Workspace w) {
    return embedTokens.forward(ids, w);
  }

  /**
   * Runs all layers on some tokens that follow what the cache holds, and appends them to it.
   *
   * @param x their embeddings [tokens, hiddenSize], overwritten
   * @return normalised hidden states [tokens, hiddenSize], in scratch memory
   */
  public Tensor forward(Tensor x, RopePositions positions, KvCache cache, Workspace w) {
    layers(0, layers.size(), x, positions, cache, w);
    return normed(x, w);
  }

  /**
   * Runs some of the layers alone, for a comparison that starts each stage from the numbers of
   * another implementation.
   *
   * @param x what the first of them takes [tokens, hiddenSize]; holds the output of the last
   *     afterwards
   */
  public void layers(
      int from, int to, Tensor x, RopePositions positions, KvCache cache, Workspace w) {
    RotaryEmbedding rotary = rotaryEmb.forward(positions, w);
    for (int n = from; n < to; n++) {
      layers.get(n).forward(x, rotary, cache.layer(n), w);
      w.stage("layers.", n, x);
    }
  }

  /** Runs the last norm alone [tokens, hiddenSize], in scratch memory. */
  public Tensor normed(Tensor x, Workspace w) {
    Tensor hidden = norm.forward(x, w);
    w.stage("norm", hidden);
    return hidden;
  }

  /** The logits of hidden states [tokens, vocabSize], in scratch memory. */
  public Tensor logits(Tensor hidden, Workspace w) {
    return lmHead.forward(hidden, w);
  }
}
