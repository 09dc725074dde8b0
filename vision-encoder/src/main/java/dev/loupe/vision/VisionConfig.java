package dev.loupe.vision;

import dev.loupe.tensor.Shape;

/**
 * The vision tower's part of {@code config.json}, by its names there.
 *
 * @param depth how many blocks
 * @param embedDim width of the tower
 * @param hiddenSize width of its output, which is the decoder's width
 * @param mlpRatio the MLP's width over the tower's
 * @param numHeads attention heads
 * @param inChannels colour channels of a pixel
 * @param patchSize pixels along the side of a patch
 * @param spatialMergeSize patches along the side of what becomes one token
 * @param temporalPatchSize frames in a patch
 */
public record VisionConfig(
    int depth,
    int embedDim,
    int hiddenSize,
    int mlpRatio,
    int numHeads,
    int inChannels,
    int patchSize,
    int spatialMergeSize,
    int temporalPatchSize) {

  /** LayerNorm's epsilon; the published configurations do not carry it. */
  static final float NORM_EPS = 1e-6f;

  private static final int MAX_MERGE_SIZE = 1024;

  /**
   * Checks that the numbers fit each other.
   *
   * @throws IllegalArgumentException if they do not
   */
  public VisionConfig {
    require("depth", depth, depth >= 0, "at least 0");
    require("num_heads", numHeads, numHeads > 0, "at least 1");
    require(
        "embed_dim",
        embedDim,
        embedDim > 0 && embedDim % (4 * numHeads) == 0,
        "a multiple of 4 x num_heads (" + 4 * numHeads + "), so that a head has two rotary halves");
    require("hidden_size", hiddenSize, hiddenSize > 0, "at least 1");
    require("mlp_ratio", mlpRatio, mlpRatio > 0, "at least 1");
    require("in_channels", inChannels, inChannels > 0, "at least 1");
    require("patch_size", patchSize, patchSize > 0, "at least 1");
    require(
        "spatial_merge_size",
        spatialMergeSize,
        spatialMergeSize > 0
            && spatialMergeSize <= MAX_MERGE_SIZE
            && (long) embedDim * spatialMergeSize * spatialMergeSize <= Integer.MAX_VALUE,
        "1 to %d, with embed_dim (%d) x spatial_merge_size² below 2^31"
            .formatted(MAX_MERGE_SIZE, embedDim));
    require("temporal_patch_size", temporalPatchSize, temporalPatchSize > 0, "at least 1");
  }

  private static void require(String field, int found, boolean ok, String expected) {
    if (!ok) {
      throw new IllegalArgumentException(
          "vision_config.%s: expected %s, found %d".formatted(field, expected, found));
    }
  }

  /** Elements of one attention head. */
  public int headDim() {
    return embedDim / numHeads;
  }

  /** Width of the MLP. */
  int mlpWidth() {
    return embedDim * mlpRatio;
  }

  /** Patches that become one token. */
  public int mergeUnit() {
    return spatialMergeSize * spatialMergeSize;
  }

  /** Numbers in one patch: channels x frames x rows x columns. */
  public int patchValues() {
    return Math.toIntExact(patchShape(1).elements());
  }

  /** The convolution's weight: {@code [outputs, channel, frame, row, column]}. */
  Shape patchShape(int outputs) {
    return Shape.of(outputs, inChannels, temporalPatchSize, patchSize, patchSize);
  }
}
