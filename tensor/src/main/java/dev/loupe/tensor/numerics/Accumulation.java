package dev.loupe.tensor.numerics;

import dev.loupe.tensor.DType;
import java.util.Optional;

/**
 * How the products of a run are summed: those of linear layers, of queries with keys, and of
 * weights with values.
 *
 * @param order of the additions
 * @param core the matrix unit; empty for every other order
 * @param accumulator what each step of a matrix unit ends in: F32, or F16, which can overflow in
 *     the middle of a sum; F32 for every other order
 * @param attentionOnly whether only the products of attention are summed so, and all others in
 *     Loupe's own order
 */
public record Accumulation(
    Order order, Optional<TensorCore> core, DType accumulator, boolean attentionOnly) {

  /** The order of additions. */
  public enum Order {
    /** One chain of fused multiply-adds for each output, first term to last. */
    SEQUENTIAL,
    /** The same from the last term to the first. */
    DESCENDING,
    /** That of PyTorch on an x86 CPU. */
    TORCH_CPU,
    /** A chain of the steps of a matrix unit, first term to last. */
    TENSOR_CORE
  }

  /** Loupe's own: one chain of fused multiply-adds for each output, first term to last. */
  public static final Accumulation SEQUENTIAL_FMA = of(Order.SEQUENTIAL);

  /**
   * A probe: as {@link #SEQUENTIAL_FMA}, but products are added from the last term to the first.
   * What differs between the two depends on the order of additions. Slower, because operands are
   * copied backwards.
   */
  public static final Accumulation DESCENDING = of(Order.DESCENDING);

  /**
   * That of PyTorch 2.13's products and norms on an x86 CPU with AVX-512, found by experiment: many
   * interleaved partial sums in float16, instructions that add pairs (AVX512-BF16) in bfloat16. For
   * comparisons element by element; slow, and unknown for float32.
   */
  public static final Accumulation TORCH_CPU = of(Order.TORCH_CPU);

  /**
   * Checks that the parts fit each other.
   *
   * @throws IllegalArgumentException if they do not
   */
  public Accumulation {
    if (accumulator != DType.F32 && accumulator != DType.F16) {
      throw new IllegalArgumentException(
          "accumulator: expected float32 or float16, found " + accumulator);
    }
    if (core.isPresent() != (order == Order.TENSOR_CORE)) {
      throw new IllegalArgumentException(
          "order of additions: expected a matrix unit for TENSOR_CORE and no other, found %s, %s"
              .formatted(order, core));
    }
    if (core.isEmpty() && (accumulator == DType.F16 || attentionOnly)) {
      throw new IllegalArgumentException(
          "a float16 accumulator, or attention alone: expected the arithmetic of a GPU, found "
              + order);
    }
  }

  private static Accumulation of(Order order) {
    return new Accumulation(order, Optional.empty(), DType.F32, false);
  }

  /**
   * The steps of a matrix unit, k ascending, one float32 accumulator that starts from +0, the last
   * step filled up with zeros. A GPU's library may choose another order for a shape, such as
   * partial sums over parts of k; this is the one that a kernel of fixed order computes.
   */
  public static Accumulation of(TensorCore core) {
    return new Accumulation(Order.TENSOR_CORE, Optional.of(core), DType.F32, false);
  }

  /**
   * The same with another accumulator.
   *
   * @throws IllegalArgumentException if it is F16 and this is no matrix unit
   */
  public Accumulation withAccumulator(DType other) {
    return new Accumulation(order, core, other, attentionOnly);
  }

  /**
   * The same for the products of attention alone.
   *
   * @throws IllegalArgumentException if this is no matrix unit
   */
  public Accumulation forAttention() {
    return new Accumulation(order, core, accumulator, true);
  }

  /** Its name on the command line: {@code sequential}, {@code torch-cpu}, {@code hopper}. */
  public String name() {
    return switch (order) {
      case SEQUENTIAL -> "sequential";
      case DESCENDING -> "descending";
      case TORCH_CPU -> "torch-cpu";
      case TENSOR_CORE -> core.orElseThrow().toString();
    };
  }

  /** All of it in one word: {@code sequential}, {@code hopper}, {@code hopper.acc16.attention}. */
  public String label() {
    String half = accumulator == DType.F16 ? ".acc16" : "";
    return name() + half + (attentionOnly ? ".attention" : "");
  }

  /** For people, after the rest of a profile: {@code summed as hopper does}; empty for our own. */
  @Override
  public String toString() {
    String half = accumulator == DType.F16 ? " in float16" : "";
    String part = attentionOnly ? ", in attention only" : "";
    return switch (order) {
      case SEQUENTIAL -> "";
      case DESCENDING -> "summed backwards";
      case TORCH_CPU -> "summed as PyTorch does";
      case TENSOR_CORE -> "summed" + half + " as " + core.orElseThrow() + " does" + part;
    };
  }
}
