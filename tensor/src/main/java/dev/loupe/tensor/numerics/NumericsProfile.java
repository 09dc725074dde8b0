package dev.loupe.tensor.numerics;

import dev.loupe.tensor.DType;

/**
 * The arithmetic of a run: which values numbers may take, and where they are rounded.
 *
 * <p>Numbers live in float32 memory that holds only values of the compute type; every operation of
 * the model is computed in float32 and rounded to that type where PyTorch rounds.
 *
 * @param compute F32; BF16 and F16 are rounded to by the building blocks but not yet offered
 */
public record NumericsProfile(DType compute) {

  /** Float32 everywhere: no roundings beyond those of float32 itself. */
  public static final NumericsProfile FLOAT32 = new NumericsProfile(DType.F32);
}
