package dev.loupe.tensor;

/** Where an operation rounds to the compute type, and so what an observer can see of it. */
public enum RoundingPlace {

  /**
   * Once, at the end, and the float32 result before it does not depend on the type: an observer
   * sees that result, and what rounding does to it.
   */
  AT_END,

  /**
   * In several steps, or by a table of results: an observer sees the rounded result, never a
   * float32 number before it. Such a number would be the result of another function.
   */
  INSIDE
}
