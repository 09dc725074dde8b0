package dev.loupe.tensor.internal;

import java.util.Arrays;

/**
 * Rounds groups of weights to integers with a float16 scale each, so that the sum of the squared
 * errors of a group is small. Many groups at once, each a column, in loops that C2 turns into
 * vectors. Nothing depends on the other groups, on threads or on vectors.
 *
 * <p>A scale is tried for each of some numbers that the largest weight of the group may become,
 * from below the largest integer to above it, where the largest weight is cut off; and with both
 * signs, because there is one negative integer more. The best scale is then replaced by the one
 * that least squares give for its integers, as long as that is better. Of normally distributed
 * weights the squared error is above the least that any scale has: in groups of 32 by 0.2 % with 4
 * bits and by 8 % with 8 bits, in groups of 128 by less.
 */
final class GroupQuantiser {

  /** Groups at once. */
  static final int COLUMNS = 256;

  /** How far from the largest integer the largest weight may lie, and in which steps. */
  private static final float RANGE = 2.5f;

  private static final float STEP = 0.25f;

  private static final int REFINEMENTS = 3;

  /** Added and subtracted again, it rounds a number below 2^22 to an integer, halves to even. */
  private static final float ROUNDING = 0x1.8p23f;

  private final float low;
  private final float high;
  private final float[][] weights;
  private final float[] largest = new float[COLUMNS];
  private final float[] candidates = new float[COLUMNS];
  private final float[] inverses = new float[COLUMNS];
  private final float[] errors = new float[COLUMNS];
  private final float[] scales = new float[COLUMNS];
  private final float[] least = new float[COLUMNS];
  private final float[] products = new float[COLUMNS];
  private final float[] squares = new float[COLUMNS];

  /**
   * A quantiser.
   *
   * @param group how many weights share a scale
   */
  GroupQuantiser(int bits, int group) {
    this.weights = new float[group][COLUMNS];
    this.low = -(1 << bits - 1);
    this.high = (1 << bits - 1) - 1;
  }

  /** The weights, [group][256]: a column for each group. All below 65520 in size; overwritten. */
  float[][] weights() {
    return weights;
  }

  /** The scales that {@link #run} found. */
  float[] scales() {
    return scales;
  }

  /** The squared error of each group. */
  float[] errors() {
    return least;
  }

  /** The integer of a weight. */
  int integer(int k, int column) {
    return (int) rounded(weights[k][column], inverses[column], low, high);
  }

  /** Finds the scale of every column. */
  void run() {
    findLargest();
    Arrays.fill(least, Float.POSITIVE_INFINITY);
    for (float reach = high - RANGE; reach <= high + 1 + RANGE; reach += STEP) {
      tryLargestAs(reach);
      tryLargestAs(-reach);
    }
    for (int i = 0; i < REFINEMENTS; i++) {
      tryLeastSquares();
    }
    invert(scales);
  }

  private void findLargest() {
    Arrays.fill(largest, 0);
    for (float[] step : weights) {
      for (int c = 0; c < COLUMNS; c++) {
        largest[c] = Math.abs(step[c]) > Math.abs(largest[c]) ? step[c] : largest[c];
      }
    }
  }

  private void tryLargestAs(float reach) {
    for (int c = 0; c < COLUMNS; c++) {
      candidates[c] = Float.float16ToFloat(Float.floatToFloat16(largest[c] / reach));
    }
    tryCandidates();
  }

  /** The scales that are best for the integers that the best scales so far give. */
  private void tryLeastSquares() {
    invert(scales);
    Arrays.fill(products, 0);
    Arrays.fill(squares, 0);
    for (float[] step : weights) {
      addProducts(step, inverses, products, squares);
    }
    for (int c = 0; c < COLUMNS; c++) {
      float scale = products[c] / Math.max(1, squares[c]);
      candidates[c] = Float.float16ToFloat(Float.floatToFloat16(scale));
    }
    tryCandidates();
  }

  private void addProducts(float[] weights, float[] inverses, float[] products, float[] squares) {
    float low = this.low;
    float high = this.high;
    for (int c = 0; c < COLUMNS; c++) {
      float w = weights[c];
      float q = rounded(w, inverses[c], low, high);
      products[c] += w * q;
      squares[c] += q * q;
    }
  }

  private void tryCandidates() {
    invert(candidates);
    Arrays.fill(errors, 0);
    for (float[] step : weights) {
      addErrors(step, candidates, inverses, errors);
    }
    for (int c = 0; c < COLUMNS; c++) {
      if (errors[c] < least[c]) {
        least[c] = errors[c];
        scales[c] = candidates[c];
      }
    }
  }

  private void addErrors(float[] weights, float[] scales, float[] inverses, float[] errors) {
    float low = this.low;
    float high = this.high;
    for (int c = 0; c < COLUMNS; c++) {
      float w = weights[c];
      float q = rounded(w, inverses[c], low, high);
      float error = w - q * scales[c];
      errors[c] += error * error;
    }
  }

  private static float rounded(float w, float inverse, float low, float high) {
    return Math.max(low, Math.min(high, w * inverse + ROUNDING - ROUNDING));
  }

  /** A group whose scale is 0 consists of zeros, or of numbers that are nearly zero in float16. */
  private void invert(float[] scales) {
    for (int c = 0; c < COLUMNS; c++) {
      inverses[c] = scales[c] == 0 ? 0 : 1 / scales[c];
    }
  }
}
