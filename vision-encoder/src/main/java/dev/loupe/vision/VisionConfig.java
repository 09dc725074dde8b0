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

  /** More is a mistake: the published towers have 32 blocks, 16 heads, rows of 5,120 numbers. */
  private static final int MAX_DEPTH = 1000;

  private static final int MAX_HEADS = 10_000;
  private static final int MAX_WIDTH = 10_000_000;

  /**
   * Checks that the numbers fit each other.
   *
   * @throws IllegalArgumentException if they do not
   */
  public VisionConfig {
    require("depth", depth, 0 <= depth && depth <= MAX_DEPTH, "0 to " + MAX_DEPTH);
    requireSize("num_heads", numHeads, MAX_HEADS);
    requireSize("embed_dim", embedDim, MAX_WIDTH);
    require(
        "embed_dim",
        embedDim,
        embedDim % (4 * numHeads) == 0,
        "a multiple of 4 x num_heads (" + 4 * numHeads + "), so that a head has two rotary halves");
    requireSize("hidden_size", hiddenSize, MAX_WIDTH);
    requireSize("mlp_ratio", mlpRatio, MAX_WIDTH / embedDim);
    requireSize("in_channels", inChannels, MAX_HEADS);
    requireSize("patch_size", patchSize, MAX_MERGE_SIZE);
    requireSize("temporal_patch_size", temporalPatchSize, MAX_MERGE_SIZE);
    long values = (long) inChannels * temporalPatchSize * patchSize * patchSize;
    if (values > MAX_WIDTH) {
      throw new IllegalArgumentException(
          ("vision_config: expected at most %d numbers in a patch (in_channels x "
                  + "temporal_patch_size x patch_size²), found %d")
              .formatted(MAX_WIDTH, values));
    }
    require(
        "spatial_merge_size",
        spatialMergeSize,
        spatialMergeSize > 0
            && spatialMergeSize <= MAX_MERGE_SIZE
            && (long) embedDim * spatialMergeSize * spatialMergeSize <= Integer.MAX_VALUE,
        "1 to %d, with embed_dim (%d) x spatial_merge_size² below 2^31"
            .formatted(MAX_MERGE_SIZE, embedDim));
  }

  private static void requireSize(String field, int found, int largest) {
    require(field, found, 0 < found && found <= largest, "1 to " + largest);
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
