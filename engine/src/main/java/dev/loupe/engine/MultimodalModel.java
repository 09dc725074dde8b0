package dev.loupe.engine;

import dev.loupe.engine.text.KvCache;
import dev.loupe.engine.text.RopeIndex;
import dev.loupe.engine.text.RopePositions;
import dev.loupe.engine.text.TextDecoder;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.vision.PatchGrid;
import dev.loupe.vision.VisionTransformer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Tower and decoder together ({@code Qwen2VLForConditionalGeneration} of modeling_qwen2_vl.py):
 * pictures become embeddings, which take the places of their placeholder tokens.
 */
final class MultimodalModel {
  private final Qwen2VlConfig config;
  private final VisionTransformer visual;
  private final TextDecoder decoder;
  private final RopeIndex ropeIndex;

  MultimodalModel(LayerLoader weights, Qwen2VlConfig config) throws IOException {
    this.config = config;
    this.visual = new VisionTransformer(weights, config.vision());
    this.decoder = new TextDecoder(weights, config.text());
    this.ropeIndex =
        new RopeIndex(
            config.imageTokenId(), config.videoTokenId(), config.vision().spatialMergeSize());
  }

  VisionTransformer visual() {
    return visual;
  }

  TextDecoder decoder() {
    return decoder;
  }

  KvCache newCache() {
    return new KvCache(config.text());
  }

  RopePositions positions(ModelInput input) {
    return ropeIndex.positions(input.ids(), input.images(), input.videos());
  }

  /** The embeddings of all pictures and clips [tokens, hiddenSize], in scratch memory. */
  Tensor encode(ModelInput input, Workspace w) {
    if (input.grids().isEmpty()) {
      return w.matrix(0, config.text().hiddenSize());
    }
    return visual.forward(input.pixelValues(), input.grids(), w);
  }

  /**
   * Runs a prompt whose pictures are encoded.
   *
   * @param cache empty; holds the prompt afterwards
   * @return normalised hidden states of all tokens [tokens, hiddenSize], in scratch memory
   */
  Tensor prefill(
      ModelInput input, Tensor pictures, RopePositions positions, KvCache cache, Workspace w) {
    Tensor x = decoder.embed(input.ids(), w);
    insert(pictures, input, x);
    w.stage("inputs_embeds", x);
    return decoder.forward(x, positions, cache, w);
  }

  /** Runs one token that follows what the cache holds, at this position. */
  Tensor step(int id, int position, KvCache cache, Workspace w) {
    Tensor x = decoder.embed(new int[] {id}, w);
    return decoder.forward(x, RopePositions.of(position), cache, w);
  }

  /** The logits of hidden states [tokens, vocabSize], in scratch memory. */
  Tensor logits(Tensor hidden, Workspace w) {
    return decoder.logits(hidden, w);
  }

  /** Pictures and clips each fill their own placeholders in the order of the prompt. */
  private void insert(Tensor pictures, ModelInput input, Tensor x) {
    int image = 0;
    int video = input.images().stream().mapToInt(PatchGrid::tokens).sum();
    int total = video + input.videos().stream().mapToInt(PatchGrid::tokens).sum();
    if (pictures.rowCount() != total) {
      throw new IllegalArgumentException(
          "pictures: expected %d embeddings, found %d".formatted(total, pictures.rowCount()));
    }
    for (int i = 0; i < input.ids().length; i++) {
      int id = input.ids()[i];
      if (id == config.imageTokenId()) {
        copyRow(pictures, image++, x, i);
      } else if (id == config.videoTokenId()) {
        copyRow(pictures, video++, x, i);
      }
    }
  }

  private static void copyRow(Tensor from, int row, Tensor to, int at) {
    long bytes = from.columnCount() * 4L;
    MemorySegment.copy(from.segment(), row * bytes, to.segment(), at * bytes, bytes);
  }
}
