package dev.loupe.tensor.numerics;

/** How an eager score is divided by the root of the head's size. */
public enum ScoreScaling {

  /** Times the float32 reciprocal root: transformers since 4.53. */
  PRODUCT,

  /** Divided by the float32 root: transformers until 4.52 on a CPU. */
  DIVISION
}
