package dev.loupe.engine.text;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Embedding;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.RmsNorm;
import dev.loupe.tensor.nn.RotaryEmbedding;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.StageId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The language model: embeddings in, logits out ({@code Qwen2VLTextModel} of modeling_qwen2_vl.py).
 */
public final class TextDecoder {
  private final TextConfig config;
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
    this.config = config;
    ModuleId model = ModuleId.of(Part.DECODER, "model");
    embedTokens =
        weights.embedding(model.child("embed_tokens"), config.vocabSize(), config.hiddenSize());
    rotaryEmb = new MultimodalRotaryEmbedding(config);
    layers = new ArrayList<>();
    for (int n = 0; n < config.numHiddenLayers(); n++) {
      layers.add(new DecoderLayer(weights, model.child("layers").layer(n), config));
    }
    norm = weights.rmsNorm(model.child("norm"), config.hiddenSize(), config.rmsNormEps());
    lmHead = new LmHead(weights, embedTokens, config);
  }

  private TextDecoder(TextDecoder whole, List<DecoderLayer> layers) {
    config = whole.config;
    embedTokens = whole.embedTokens;
    rotaryEmb = whole.rotaryEmb;
    this.layers = layers;
    norm = whole.norm;
    lmHead = whole.lmHead;
  }

  /** The same weights without the layers after the first: calls all that this one calls. */
  public TextDecoder firstLayer() {
    return new TextDecoder(this, layers.subList(0, 1));
  }

  /** An empty cache for the layers of this decoder. */
  public KvCache newCache() {
    return new KvCache(config, layers.size());
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
    return forward(x, positions, List.of(cache), w);
  }

  /**
   * Runs all layers on one token of each of several sequences, in one pass over the weights. Each
   * row has the bits that it has alone.
   *
   * @param x their embeddings [sequences, hiddenSize], overwritten
   * @param positions one of each sequence
   * @param caches one of each sequence, to which its token is appended
   * @return normalised hidden states [sequences, hiddenSize], in scratch memory
   * @throws IllegalArgumentException if there are several caches, but not one for each row
   */
  public Tensor forward(Tensor x, RopePositions positions, List<KvCache> caches, Workspace w) {
    if (caches.size() != 1 && caches.size() != x.rowCount()) {
      throw new IllegalArgumentException(
          "key/value caches: expected one for each of %d tokens, found %d"
              .formatted(x.rowCount(), caches.size()));
    }
    layers(0, layers.size(), x, positions, caches, w);
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
    layers(from, to, x, positions, List.of(cache), w);
  }

  private void layers(
      int from, int to, Tensor x, RopePositions positions, List<KvCache> caches, Workspace w) {
    RotaryEmbedding rotary = rotaryEmb.forward(positions, w);
    for (int n = from; n < to; n++) {
      layers.get(n).forward(x, rotary, KvCache.layer(caches, n), w);
      w.layerEnded();
    }
  }

  /** Runs the last norm alone [tokens, hiddenSize], in scratch memory. */
  public Tensor normed(Tensor x, Workspace w) {
    Tensor hidden = norm.forward(x, w);
    w.stage(StageId.NORM, hidden);
    return hidden;
  }

  /** The logits of hidden states [tokens, vocabSize], in scratch memory. */
  public Tensor logits(Tensor hidden, Workspace w) {
    return lmHead.forward(hidden, w);
  }
}
