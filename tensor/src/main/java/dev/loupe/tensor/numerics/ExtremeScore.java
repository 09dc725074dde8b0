package dev.loupe.tensor.numerics;

/**
 * A score of eager attention at or near the end of float16's range.
 *
 * @param layer of the decoder
 * @param head query head
 * @param query position of the query in the sequence
 * @param key position of the key
 * @param value the float32 score before rounding and scaling
 * @param masked whether the key lies in the query's future
 */
public record ExtremeScore(int layer, int head, int query, int key, float value, boolean masked) {

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
