package dev.loupe.tensor.numerics;

import java.util.Locale;

/**
 * The matrix units of NVIDIA's GPUs. In one step, a unit adds some products and what was
 * accumulated before, all at once: each term is aligned to the largest and cut off below, not
 * rounded.
 *
 * <p>The rule was published by two groups that compared it with devices: MMA-Sim (arXiv 2511.10909)
 * and Khattak and Mikaitis (arXiv 2512.07004, all but Turing). It has the same form for all
 * architectures; they differ in the two numbers here.
 */
public enum TensorCore {

  /** V100. */
  VOLTA(4, 23, false),

  /** T4 and the RTX 20 cards. */
  TURING(8, 24, false),

  /** A100, A10 and the RTX 30 cards. */
  AMPERE(8, 24, true),

  /** L4, L40S and the RTX 40 cards. */
  ADA(8, 24, true),

  /** H100 and H200. */
  HOPPER(16, 25, true),

  /** B200 and the RTX 50 cards. */
  BLACKWELL(16, 25, true);

  private final int terms;
  private final int fractionBits;
  private final boolean hasBFloat16;

  TensorCore(int terms, int fractionBits, boolean hasBFloat16) {
    this.terms = terms;
    this.fractionBits = fractionBits;
    this.hasBFloat16 = hasBFloat16;
  }

  /** How many products a step adds. */
  public int terms() {
    return terms;
  }

  /** How many bits of each term remain below the exponent of the largest. */
  public int fractionBits() {
    return fractionBits;
  }

  /** Whether it multiplies bfloat16. */
  public boolean hasBFloat16() {
    return hasBFloat16;
  }

  /** Its name on the command line: {@code hopper}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
