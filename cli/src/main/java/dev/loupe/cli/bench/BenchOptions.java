package dev.loupe.cli.bench;

import java.util.List;

/**
 * What to measure.
 *
 * @param prefill lengths of prompts, in tokens
 * @param contexts numbers of tokens before the decoded ones
 * @param batches numbers of sequences in a batch
 * @param pictures sizes of pictures
 * @param repeats how often each figure is measured
 */
record BenchOptions(
    List<Integer> prefill,
    List<Integer> contexts,
    List<Integer> batches,
    List<PictureSize> pictures,
    int repeats) {

  /** Tokens that are decoded for one figure. */
  static final int DECODED = 64;

  /** A size in pixels, as the tower sees it: no resizing is measured. */
  record PictureSize(int width, int height) {

    @Override
    public String toString() {
      return width + "x" + height;
    }
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is below 1
   */
  BenchOptions {
    prefill = checked("prefill", prefill);
    contexts = checked("context", contexts);
    batches = checked("batch", batches);
    pictures = List.copyOf(pictures);
    pictures.forEach(p -> checked("picture size", List.of(p.width(), p.height())));
    checked("repeats", List.of(repeats));
  }

  private static List<Integer> checked(String name, List<Integer> numbers) {
    for (int number : numbers) {
      if (number < 1) {
        throw new IllegalArgumentException(name + ": expected at least 1, found " + number);
      }
    }
    return List.copyOf(numbers);
  }
}
