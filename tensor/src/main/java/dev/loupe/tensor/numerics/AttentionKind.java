package dev.loupe.tensor.numerics;

/** Which of the two implementations in transformers attention follows. */
public enum AttentionKind {

  /**
   * {@code attn_implementation="eager"}: the scores are a tensor of the compute type. Product,
   * scaling and mask are each rounded to it, the softmax is float32 and its result rounded.
   */
  EAGER,

  /**
   * {@code "sdpa"}, the default of transformers: scores, scaling and softmax stay float32; the
   * weights are rounded before they are multiplied with the values, and the result is divided by
   * their sum.
   */
  SDPA;

  /** As transformers writes it: {@code eager}. */
  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
