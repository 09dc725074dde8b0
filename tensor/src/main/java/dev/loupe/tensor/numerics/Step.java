package dev.loupe.tensor.numerics;

/**
 * What an operation computes within its module. Steps other than {@link #OUTPUT} are no modules of
 * the checkpoint; their names are those of variables in transformers where there are any.
 */
public enum Step {

  /** The module's result; of a layer, each of its two residual sums. */
  OUTPUT(""),

  /** The product of a linear layer that rounds it before the bias is added. */
  BEFORE_BIAS("before_bias"),

  /** The two factors of SwiGLU multiplied. */
  PRODUCT("product"),

  /** Queries after rotary position embedding. */
  ROTATED_QUERIES("q_rotated"),

  /** Keys after rotary position embedding. */
  ROTATED_KEYS("k_rotated"),

  /** The scores q kᵀ of eager attention, before scaling and mask. */
  SCORES("scores"),

  /**
   * With the remedy {@link ScoreRemedy#INF_TO_ZERO}: the hidden scores after the mask was added. An
   * infinite one becomes visible.
   */
  MASKED_SCORES("masked_scores"),

  /** The weighted sum of the values, before the output projection. */
  WEIGHTED_VALUES("attn_output");

  private final String suffix;

  Step(String name) {
    this.suffix = name.isEmpty() ? "" : "." + name;
  }

  /** How the name of the operation goes on after that of its module. */
  String suffix() {
    return suffix;
  }
}
