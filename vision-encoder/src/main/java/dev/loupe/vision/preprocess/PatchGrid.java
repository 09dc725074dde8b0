package dev.loupe.vision.preprocess;

/**
 * How many patches an image or a clip was cut into ({@code image_grid_thw} of transformers), and
 * how many of them become one token.
 *
 * @param t pairs of frames; 1 for an image
 * @param h patches from top to bottom, a multiple of {@code mergeSize}
 * @param w patches from left to right, a multiple of {@code mergeSize}
 * @param mergeSize patches along the side of the window that becomes one token; 2 in all published
 *     models
 */
public record PatchGrid(int t, int h, int w, int mergeSize) {

  /** Work on one patch after the other. */
  @FunctionalInterface
  public interface PatchVisitor {

    /** The patch at this pair of frames, row and column of the grid. */
    void visit(int t, int row, int column);
  }

  /**
   * Checks that the patches can be merged.
   *
   * @throws IllegalArgumentException if a number is not positive, {@code h} or {@code w} is no
   *     multiple of {@code mergeSize}, or there are more than 2^31 - 1 patches
   */
  public PatchGrid {
    boolean positive = t >= 1 && h >= 1 && w >= 1 && mergeSize >= 1;
    if (!positive
        || h % mergeSize != 0
        || w % mergeSize != 0
        || (long) h * w > Integer.MAX_VALUE / t) {
      throw new IllegalArgumentException(
          "patch grid: expected positive t, and positive multiples of merge_size %d as h and w with"
                  .formatted(mergeSize)
              + " t*h*w below 2^31, found [%d, %d, %d]".formatted(t, h, w));
    }
  }

  /** The number of patches, {@code t*h*w}: the rows of {@code pixel_values}. */
  public int patches() {
    return t * h * w;
  }

  /** Tokens from top to bottom. */
  public int tokenRows() {
    return h / mergeSize;
  }

  /** Tokens from left to right. */
  public int tokenColumns() {
    return w / mergeSize;
  }

  /** The number of tokens that the language model sees: one for each window of patches. */
  public int tokens() {
    return t * tokenRows() * tokenColumns();
  }

  /**
   * Visits all patches in the order of the rows of {@code pixel_values}: those of one window are
   * consecutive, as the merger needs them.
   */
  public void forEachPatch(PatchVisitor visitor) {
    for (int frames = 0; frames < t; frames++) {
      for (int top = 0; top < h; top += mergeSize) {
        for (int left = 0; left < w; left += mergeSize) {
          for (int row = top; row < top + mergeSize; row++) {
            for (int column = left; column < left + mergeSize; column++) {
              visitor.visit(frames, row, column);
            }
          }
        }
      }
    }
  }
}
