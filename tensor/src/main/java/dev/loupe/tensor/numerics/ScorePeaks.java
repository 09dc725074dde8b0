package dev.loupe.tensor.numerics;

/**
 * The largest magnitudes of the scores of a layer's eager attention in one pass, before rounding,
 * scaling and mask; in the tower of one frame. NaN among them counts for nothing; -1 stands where
 * there is nothing else. The arrays belong to who is shown them.
 *
 * @param part the decoder or the vision tower
 * @param layer of the part
 * @param heads of each query head
 * @param firstQuery the position of the first query
 * @param queries of each query, of all heads and keys; empty in the tower
 * @param keys of each key from position 0 on, of all heads and queries; empty in the tower
 */
@SuppressWarnings("ArrayRecordComponent") // A message, of which nobody asks whether it is equal.
public record ScorePeaks(
    Part part, int layer, float[] heads, int firstQuery, float[] queries, float[] keys) {

  /** The peak of no number. */
  public static final float NONE = -1;
}
