package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.TensorCore;

/**
 * The kernels of a run.
 *
 * @param description what runs, for people: {@code vector 512 bit} or {@code scalar}
 * @param products the products of linear layers, in one order of additions
 * @param attention the products of attention, in the same order or another
 * @param units makes the products of a matrix unit
 * @param rows everything else
 */
public record Arithmetic(
    String description, Products products, Products attention, Units units, RowKernels rows) {

  /** Makes the products of a matrix unit. */
  @FunctionalInterface
  interface Units {

    /**
     * @param format of the operands
     * @param accumulator what a step ends in, F32 or F16
     */
    Products of(TensorCore core, HalfFormat format, DType accumulator);
  }

  /** Kernels with the same products everywhere. */
  Arithmetic(String description, Products products, Units units, RowKernels rows) {
    this(description, products, products, units, rows);
  }

  /** These kernels, with the sums of a profile. A new arithmetic is a class and a line here. */
  public Arithmetic with(NumericsProfile profile) {
    Accumulation sums = profile.accumulation();
    return switch (sums.order()) {
      case SEQUENTIAL -> this;
      case DESCENDING -> with(new DescendingProducts(products));
      case TORCH_CPU ->
          with(new TorchCpuProducts(
                  profile.compute() == DType.F16
                      ? new TorchCpuFloat16Sums()
                      : new TorchCpuBFloat16Sums()))
              .with(new TorchCpuNormSums());
      case TENSOR_CORE -> {
        HalfFormat format = HalfFormat.of(profile.compute());
        Products unit = units.of(sums.core().orElseThrow(), format, sums.accumulator());
        Products linear = sums.attentionOnly() ? products : unit;
        yield new Arithmetic(description, linear, unit, units, rows.with(new TorchCpuNormSums()));
      }
    };
  }

  private Arithmetic with(Products others) {
    return new Arithmetic(description, others, others, units, rows);
  }

  private Arithmetic with(NormSums sums) {
    return new Arithmetic(description, products, attention, units, rows.with(sums));
  }
}
