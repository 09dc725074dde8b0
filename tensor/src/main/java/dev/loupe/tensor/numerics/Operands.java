package dev.loupe.tensor.numerics;

import dev.loupe.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Copies of the numbers that one element of an operation's result is computed from.
 *
 * @param kind how it is computed from them
 * @param row of the element in the result; of scores the query, counted from the first of the pass
 * @param column likewise; of scores the key
 * @param tensors float32, by the names of {@link Kind}
 */
public record Operands(Kind kind, int row, int column, Map<String, Tensor> tensors) {

  /** A formula over named tensors. */
  public enum Kind {
    /** {@code sum(input weight) + bias}: a row, and the weights of the output; bias if any. */
    LINEAR,
    /** {@code x + y}: one number each. */
    ADD,
    /** {@code x y}: one number each. */
    MULTIPLY,
    /** {@code x sigmoid(1.702 x)}: one number. */
    QUICK_GELU,
    /** {@code weight x / sqrt(mean x² + eps)}: whole rows; eps is one number. */
    RMS_NORM,
    /** {@code (x - mean) / sqrt(variance + eps) weight + bias}: likewise. */
    LAYER_NORM,
    /** {@code x cos + rotated sin}: one number each. */
    ROTATION,
    /** {@code query keysᵀ}: a row, and all keys [keys, headDim]; {@code visible} says how many. */
    SCORES,
    /** {@code factor sum(weights values)}: a row of weights, and one element of each value. */
    WEIGHTED_VALUES,
    /** {@code weight}: one number of the table. */
    EMBEDDING
  }

  /** Keeps the order of the tensors. */
  public Operands {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }
}
