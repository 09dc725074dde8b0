package dev.loupe.tensor.numerics;

/**
 * A score of eager attention that the compute type cannot hold.
 *
 * @param layer of the decoder
 * @param head query head
 * @param query position of the query in the sequence
 * @param key position of the key
 * @param value the float32 score before rounding and scaling
 * @param masked whether the key lies in the query's future
 */
public record ScoreOverflow(int layer, int head, int query, int key, float value, boolean masked) {

  /** The least magnitude that float16 rounds to infinity. */
  public static final float THRESHOLD = 65520f;

  /** How far past the threshold, as a share of it: 0 is just on it. */
  public float margin() {
    return Math.abs(value) / THRESHOLD - 1;
  }
}
