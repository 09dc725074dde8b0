package dev.loupe.vision;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.RotaryEmbedding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The vision tower: pictures and clips, cut into patches, to one embedding a token ({@code
 * Qwen2VisionTransformerPretrainedModel} of modeling_qwen2_vl.py; arXiv 2409.12191).
 */
public final class VisionTransformer {
  private final VisionConfig config;
  private final PatchEmbedding patchEmbed;
  private final VisionRotaryEmbedding rotaryPosEmb;
  private final List<VisionBlock> blocks;
  private final PatchMerger merger;

  /**
   * Loads the tower.
   *
   * @throws IOException if a tensor is missing or of another shape or type
   */
  public VisionTransformer(LayerLoader weights, VisionConfig config) throws IOException {
    this.config = config;
    this.patchEmbed = new PatchEmbedding(weights, config);
    this.rotaryPosEmb = new VisionRotaryEmbedding(config);
    this.blocks = new ArrayList<>();
    for (int n = 0; n < config.depth(); n++) {
      blocks.add(new VisionBlock(weights, "visual.blocks." + n, config));
    }
    this.merger = new PatchMerger(weights, config);
  }

  /**
   * The embeddings of some pictures and clips, in scratch memory.
   *
   * @param pixelValues [patches, patch values] of all of them, one after the other
   * @param grids the grid of each, in the same order
   * @return [patches / merge unit, hiddenSize], in the order of the windows
   * @throws IllegalArgumentException if grids and patches do not fit each other
   */
  public Tensor forward(Tensor pixelValues, List<PatchGrid> grids, Workspace w) {
    requireFit(pixelValues, grids);
    RotaryEmbedding rotary = rotaryPosEmb.forward(grids, w);
    Tensor x = patchEmbed.forward(pixelValues, w);
    w.stage("visual.patch_embed", x);
    for (int n = 0; n < blocks.size(); n++) {
      blocks.get(n).forward(x, grids, rotary, w);
      w.stage("visual.blocks.", n, x);
    }
    Tensor embeddings = merger.forward(x, w);
    w.stage("visual.merger", embeddings);
    return embeddings;
  }

  private void requireFit(Tensor pixelValues, List<PatchGrid> grids) {
    int patches = grids.stream().mapToInt(PatchGrid::patches).sum();
    if (pixelValues.rowCount() != patches || pixelValues.columnCount() != config.patchValues()) {
      throw new IllegalArgumentException(
          "pixel_values: expected [%d, %d] for grids %s, found %s"
              .formatted(patches, config.patchValues(), grids, pixelValues.shape()));
    }
  }
}
