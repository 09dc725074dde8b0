package dev.loupe.tensor.numerics;

import java.util.Locale;

/**
 * Changes to the decoder's eager attention that people use so that float16 scores do not overflow.
 * They never change the vision tower.
 */
public enum ScoreRemedy {

  /** Nothing: transformers since 4.53. */
  NONE,

  /**
   * Queries and keys are widened first, so that scores, scaling, mask and softmax are float32
   * (transformers#33317).
   */
  UPCAST_QK,

  /**
   * Queries are scaled, and rounded, before they are multiplied with the keys (transformers#35151).
   */
  SCALE_FIRST,

  /**
   * Every infinite score after the mask becomes 0 (transformers 4.46 to 4.52, #33312). A masked
   * score of -16 or less is infinite in float16, so the future becomes visible: the leak is kept.
   */
  INF_TO_ZERO,

  /**
   * If any score of the layer is infinite, all are cut to the largest float16 less 1000 (the way of
   * T5), before scaling.
   */
  CLAMP;

  /** As on the command line: {@code inf-to-zero}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
