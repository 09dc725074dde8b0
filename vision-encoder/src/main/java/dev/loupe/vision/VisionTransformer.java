package dev.loupe.vision;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.RotaryEmbedding;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.vision.preprocess.PatchGrid;
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
    ModuleId visual = ModuleId.of(Part.VISION_TOWER, "visual");
    this.patchEmbed = new PatchEmbedding(weights, visual.child("patch_embed"), config);
    this.rotaryPosEmb = new VisionRotaryEmbedding(config);
    this.blocks = new ArrayList<>();
    for (int n = 0; n < config.depth(); n++) {
      blocks.add(new VisionBlock(weights, visual.child("blocks").layer(n), config));
    }
    this.merger = new PatchMerger(weights, visual.child("merger"), config);
  }

  private VisionTransformer(VisionTransformer whole, List<VisionBlock> blocks) {
    config = whole.config;
    patchEmbed = whole.patchEmbed;
    rotaryPosEmb = whole.rotaryPosEmb;
    this.blocks = blocks;
    merger = whole.merger;
  }

  /** The same weights without the blocks after the first: calls all that this one calls. */
  public VisionTransformer firstBlock() {
    return new VisionTransformer(this, blocks.subList(0, Math.min(1, blocks.size())));
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
    Tensor x = patchEmbed.forward(pixelValues, w);
    w.stage(StageId.PATCH_EMBED, x);
    blocks(0, blocks.size(), x, grids, w);
    return merge(x, w);
  }

  /**
   * Runs some of the blocks alone, for a comparison that starts each stage from the numbers of
   * another implementation.
   *
   * @param x what the first of them takes [patches, embedDim]; holds the output of the last
   *     afterwards
   */
  public void blocks(int from, int to, Tensor x, List<PatchGrid> grids, Workspace w) {
    RotaryEmbedding rotary = rotaryPosEmb.forward(grids, w);
    for (int n = from; n < to; n++) {
      blocks.get(n).forward(x, grids, rotary, w);
      w.layerEnded();
    }
  }

  /** Runs the merger alone: [patches, embedDim] to [tokens, hiddenSize], in scratch memory. */
  public Tensor merge(Tensor x, Workspace w) {
    Tensor embeddings = merger.forward(x, w);
    w.stage(StageId.MERGER, embeddings);
    return embeddings;
  }

  private void requireFit(Tensor pixelValues, List<PatchGrid> grids) {
    for (PatchGrid grid : grids) {
      if (grid.mergeSize() != config.spatialMergeSize()) {
        throw new IllegalArgumentException(
            "patch grid: expected spatial_merge_size %d of the tower, found %s"
                .formatted(config.spatialMergeSize(), grid));
      }
    }
    int patches = grids.stream().mapToInt(PatchGrid::patches).sum();
    if (pixelValues.rowCount() != patches || pixelValues.columnCount() != config.patchValues()) {
      throw new IllegalArgumentException(
          "pixel_values: expected [%d, %d] for grids %s, found %s"
              .formatted(patches, config.patchValues(), grids, pixelValues.shape()));
    }
  }
}
