package dev.loupe.engine;

import dev.loupe.engine.text.KvCache;
import dev.loupe.engine.text.RopeIndex;
import dev.loupe.engine.text.RopePositions;
import dev.loupe.engine.text.TextDecoder;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.vision.VisionTransformer;
import dev.loupe.vision.preprocess.PatchGrid;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Tower and decoder together ({@code Qwen2VLForConditionalGeneration} of modeling_qwen2_vl.py):
 * pictures become embeddings, which replace the embeddings of their placeholder tokens.
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
    this.ropeIndex = new RopeIndex(config.imageTokenId(), config.videoTokenId());
  }

  private MultimodalModel(MultimodalModel whole) {
    this.config = whole.config;
    this.visual = whole.visual.firstBlock();
    this.decoder = whole.decoder.firstLayer();
    this.ropeIndex = whole.ropeIndex;
  }

  /** The same weights, with one layer of tower and decoder each: short work of the same kind. */
  MultimodalModel firstLayers() {
    return new MultimodalModel(this);
  }

  VisionTransformer visual() {
    return visual;
  }

  TextDecoder decoder() {
    return decoder;
  }

  /** The side of a patch in pixels. */
  int patchSize() {
    return config.vision().patchSize();
  }

  /** Values of a patch. */
  int patchValues() {
    return config.vision().patchValues();
  }

  KvCache newCache() {
    return decoder.newCache();
  }

  /** The positions of a prompt with pictures and clips of these grids. */
  RopePositions positions(int[] ids, List<PatchGrid> images, List<PatchGrid> videos) {
    return ropeIndex.positions(ids, images, videos);
  }

  /** The embeddings of pictures and clips with these patches and grids, one after the other. */
  Tensor encode(Tensor pixelValues, List<PatchGrid> grids, Workspace w) {
    return grids.isEmpty()
        ? w.matrix(0, config.text().hiddenSize())
        : visual.forward(pixelValues, grids, w);
  }

  /**
   * Runs the rest of a prompt.
   *
   * @param pictures the embeddings of its pictures, then of its clips; rows before {@code from} are
   *     not read
   * @param positions of all tokens
   * @param from the first token to run; the cache holds those before it
   * @return normalised hidden states of the rest [tokens, hiddenSize], in scratch memory
   */
  Tensor prefill(
      int[] ids, Tensor pictures, RopePositions positions, int from, KvCache cache, Workspace w) {
    Tensor x = decoder.embed(Arrays.copyOfRange(ids, from, ids.length), w);
    insert(pictures, ids, from, x);
    w.stage(StageId.INPUTS_EMBEDS, x);
    return decoder.forward(x, positions.from(from), cache, w);
  }

  /**
   * Runs one token of each of several sequences, or several tokens of one.
   *
   * @param caches one for each token, or one to which all tokens belong
   * @return normalised hidden states [tokens, hiddenSize], in scratch memory
   */
  Tensor step(int[] ids, int[] positions, List<KvCache> caches, Workspace w) {
    return decoder.forward(decoder.embed(ids, w), RopePositions.of(positions), caches, w);
  }

  /** The logits of hidden states [tokens, vocabSize], in scratch memory. */
  Tensor logits(Tensor hidden, Workspace w) {
    return decoder.logits(hidden, w);
  }

  /** Pictures and clips each fill their own placeholders in the order of the prompt. */
  private void insert(Tensor pictures, int[] ids, int from, Tensor x) {
    int image = 0;
    int video = count(ids, config.imageTokenId());
    int total = video + count(ids, config.videoTokenId());
    if (pictures.rowCount() != total) {
      throw new IllegalArgumentException(
          "pictures: expected %d embeddings, found %d".formatted(total, pictures.rowCount()));
    }
    for (int i = 0; i < ids.length; i++) {
      boolean picture = ids[i] == config.imageTokenId();
      if (picture || ids[i] == config.videoTokenId()) {
        int row = picture ? image++ : video++;
        if (i >= from) {
          copyRow(pictures, row, x, i - from);
        }
      }
    }
  }

  private static int count(int[] ids, int id) {
    return (int) Arrays.stream(ids).filter(i -> i == id).count();
  }

  private static void copyRow(Tensor from, int row, Tensor to, int at) {
    long bytes = from.columnCount() * 4L;
    MemorySegment.copy(from.segment(), row * bytes, to.segment(), at * bytes, bytes);
  }
}
