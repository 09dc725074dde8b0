package dev.loupe.tensor.internal;

/** The sums that the two norms make of a row, in one order of additions. */
interface NormSums {

  /** Mean and variance, for LayerNorm. */
  Moments moments(Row x);

  /** The sum of the squares, each rounded, for RMSNorm. */
  float squares(Row x);
}
