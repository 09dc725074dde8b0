package dev.loupe.tensor.numerics;

/**
 * The largest score of eager attention so far, where scores are float16.
 *
 * @param attention in which module: {@code model.layers.3.self_attn}
 * @param head query head
 * @param query position of the query in the sequence; in the tower the row of its patch
 * @param value its magnitude before rounding and scaling; NaN if a score was NaN
 */
public record ScorePeak(ModuleId attention, int head, int query, float value) {

  /** What is left to the magnitude that float16 rounds to infinity, as a share of it. */
  public float margin() {
    return 1 - value / ExtremeScore.THRESHOLD;
  }

  /** Whether it lies above another one. NaN does, but not above an overflow, which makes NaN. */
  public boolean above(ScorePeak other) {
    int ranks = Integer.compare(rank(), other.rank());
    return ranks > 0 || ranks == 0 && value > other.value;
  }

  private int rank() {
    if (Float.isNaN(value)) {
      return 1;
    }
    return margin() > 0 ? 0 : 2;
  }
}
