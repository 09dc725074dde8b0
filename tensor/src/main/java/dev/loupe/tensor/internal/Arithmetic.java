package dev.loupe.tensor.internal;

import dev.loupe.tensor.numerics.Accumulation;

/**
 * The kernels of a run.
 *
 * @param description what runs, for people: {@code vector 512 bit} or {@code scalar}
 * @param products the matrix products, in one order of additions
 * @param rows everything else
 */
public record Arithmetic(String description, Products products, RowKernels rows) {

  /** These kernels, with sums in another order. A new arithmetic is a class and a line here. */
  public Arithmetic with(Accumulation order) {
    return switch (order) {
      case SEQUENTIAL_FMA -> this;
      case DESCENDING -> with(new DescendingProducts(products));
      case TORCH_CPU -> with(new TorchCpuProducts()).with(TorchCpuMoments::of);
    };
  }

  private Arithmetic with(Products others) {
    return new Arithmetic(description, others, rows);
  }

  private Arithmetic with(Moments.Rule moments) {
    return new Arithmetic(description, products, rows.with(moments));
  }
}
