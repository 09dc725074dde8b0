package dev.loupe.vision.preprocess;

/**
 * How many patches an image or a clip was cut into: the {@code image_grid_thw} of transformers.
 *
 * @param t pairs of frames; 1 for an image
 * @param h patches from top to bottom, even
 * @param w patches from left to right, even
 */
public record PatchGrid(int t, int h, int w) {

  /** Patches are merged 2 by 2 into one token; every published Qwen2-VL has this merge size. */
  static final int MERGE_SIZE = 2;

  /**
   * Checks that the patches can be merged 2 by 2.
   *
   * @throws IllegalArgumentException if a number is not positive, {@code h} or {@code w} is odd, or
   *     there are more than 2^31 - 1 patches
   */
  public PatchGrid {
    boolean whole = h % MERGE_SIZE == 0 && w % MERGE_SIZE == 0;
    if (t < 1 || h < 1 || w < 1 || !whole || (long) h * w > Integer.MAX_VALUE / t) {
      throw new IllegalArgumentException(
          "patch grid: expected positive t, and positive even h and w with t*h*w below 2^31,"
              + " found [%d, %d, %d]".formatted(t, h, w));
    }
  }

  /** The number of patches, {@code t*h*w}: the rows of {@code pixel_values}. */
  public int patches() {
    return t * h * w;
  }

  /** The number of tokens the language model sees, {@code t*h*w/4}. */
  public int tokens() {
    return patches() / (MERGE_SIZE * MERGE_SIZE);
  }
}
