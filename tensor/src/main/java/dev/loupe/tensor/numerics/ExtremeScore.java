package dev.loupe.tensor.numerics;

/**
 * A score of eager attention at or near the end of float16's range.
 *
 * @param part the decoder or the vision tower
 * @param layer of the part
 * @param head query head
 * @param query position of the query in the sequence; in the tower the row of its patch
 * @param key position of the key, likewise
 * @param value the score before rounding and scaling; infinite if a float16 accumulator overflowed
 * @param masked whether the key lies in the query's future; in the tower there is no mask
 */
public record ExtremeScore(
    Part part, int layer, int head, int query, int key, float value, boolean masked) {

  /** The least magnitude that float16 rounds to infinity. */
  public static final float THRESHOLD = 65520f;

  /**
   * How far below the threshold, as a share of it, the roundings of earlier operations may decide
   * whether a score overflows: a float16 rounding changes a factor by up to 1/2048, and a score has
   * several behind it.
   */
  public static final float NEAR = 0.01f;

  /** Whether float16 rounds it to infinity. */
  public boolean overflows() {
    return Math.abs(value) >= THRESHOLD;
  }

  /** How far past the threshold; negative where it stays below. Exact near the threshold. */
  public float distance() {
    return Math.abs(value) - THRESHOLD;
  }

  /** How far past the threshold, as a share of it; negative where it stays below. */
  public float margin() {
    return Math.abs(value) / THRESHOLD - 1;
  }
}
