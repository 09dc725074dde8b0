package dev.loupe.tensor.numerics;

/** The order in which the float32 sums of a run are made. */
public enum Accumulation {

  /** Loupe's own: one chain of fused multiply-adds for each output, first term to last. */
  SEQUENTIAL_FMA,

  /**
   * A probe: as {@link #SEQUENTIAL_FMA}, but products are added from the last term to the first.
   * What differs between the two depends on the order of additions. Slower, because operands are
   * copied backwards.
   */
  DESCENDING,

  /**
   * That of PyTorch 2.13's own float16 products and LayerNorm on an x86 CPU, found by experiment:
   * many interleaved partial sums. For comparisons element by element; float16 only, and slow.
   */
  TORCH_CPU
}
