package dev.loupe.tensor.numerics;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.Accumulation.Order;

/**
 * The arithmetic of a run: which values numbers may take, and where they are rounded.
 *
 * <p>Numbers live in float32 memory that holds only values of the compute type; every operation of
 * the model is computed in float32 and rounded to that type where PyTorch rounds. Sums are chains
 * of fused multiply-adds in float32, or what {@link Accumulation} says.
 *
 * @param compute F32, BF16 or F16
 * @param attention whose roundings attention follows
 * @param scaling how eager scores are scaled
 * @param remedy what eager attention of the decoder does against overflow
 * @param accumulation how products are summed
 */
public record NumericsProfile(
    DType compute,
    AttentionKind attention,
    ScoreScaling scaling,
    ScoreRemedy remedy,
    Accumulation accumulation) {

  /** Float32 everywhere: no roundings beyond those of float32 itself. */
  public static final NumericsProfile FLOAT32 = of(DType.F32, AttentionKind.SDPA);

  /** Float16 with eager attention, the arithmetic that overflows. */
  public static final NumericsProfile FLOAT16_EAGER = of(DType.F16, AttentionKind.EAGER);

  /**
   * Checks that the parts fit each other.
   *
   * @throws IllegalArgumentException if they do not
   */
  public NumericsProfile {
    switch (compute) {
      case F32, BF16, F16 -> {}
      default ->
          throw new IllegalArgumentException(
              "compute type: expected F32, BF16 or F16, found " + compute);
    }
    if (accumulation.order() == Order.TORCH_CPU
        && (compute == DType.F32 || attention != AttentionKind.EAGER)) {
      throw new IllegalArgumentException(
          "PyTorch's order of additions: expected float16 or bfloat16 with eager attention, where it"
              + " is known, found %s %s".formatted(nameOf(compute), attention));
    }
    accumulation.core().ifPresent(core -> check(core, accumulation, compute, attention));
    if (attention == AttentionKind.SDPA && remedy != ScoreRemedy.NONE) {
      throw new IllegalArgumentException(
          "remedy %s: expected eager attention, found sdpa, whose scores are float32 anyway"
              .formatted(remedy));
    }
  }

  private static void check(
      TensorCore core, Accumulation accumulation, DType compute, AttentionKind attention) {
    if (compute == DType.F32 || attention != AttentionKind.EAGER) {
      throw new IllegalArgumentException(
          "%s: expected float16 or bfloat16 with eager attention, found %s %s; a matrix unit"
                  .formatted(core, nameOf(compute), attention)
              + " multiplies 16-bit numbers, and the order of a fused attention is not known");
    }
    if (compute == DType.BF16 && !core.hasBFloat16()) {
      throw new IllegalArgumentException(
          "%s: expected float16, found bfloat16, which this matrix unit does not multiply"
              .formatted(core));
    }
    if (compute == DType.BF16 && accumulation.accumulator() == DType.F16) {
      throw new IllegalArgumentException(
          "%s: expected a float32 accumulator with bfloat16, found float16, which matrix units"
                  .formatted(core)
              + " have for float16 operands alone");
    }
  }

  /** Current transformers: scaling as a product, no remedy. */
  public static NumericsProfile of(DType compute, AttentionKind attention) {
    return new NumericsProfile(
        compute, attention, ScoreScaling.PRODUCT, ScoreRemedy.NONE, Accumulation.SEQUENTIAL_FMA);
  }

  /** The same with another attention. */
  public NumericsProfile with(AttentionKind other) {
    return new NumericsProfile(compute, other, scaling, remedy, accumulation);
  }

  /** The same with a remedy. */
  public NumericsProfile with(ScoreRemedy other) {
    return new NumericsProfile(compute, attention, scaling, other, accumulation);
  }

  /** The same with another scaling. */
  public NumericsProfile with(ScoreScaling other) {
    return new NumericsProfile(compute, attention, other, remedy, accumulation);
  }

  /** The same with products summed in another way. */
  public NumericsProfile with(Accumulation other) {
    return new NumericsProfile(compute, attention, scaling, remedy, other);
  }

  /** The compute type as PyTorch calls it: {@code float16}. */
  public String computeName() {
    return nameOf(compute);
  }

  private static String nameOf(DType type) {
    return switch (type) {
      case BF16 -> "bfloat16";
      case F16 -> "float16";
      default -> "float32";
    };
  }

  /** For people: {@code float16 eager, scale-first}. */
  @Override
  public String toString() {
    String remedied = remedy == ScoreRemedy.NONE ? "" : ", " + remedy;
    String divided = scaling == ScoreScaling.DIVISION ? ", scores divided" : "";
    String order = accumulation.toString().isEmpty() ? "" : ", " + accumulation;
    return computeName() + " " + attention + divided + remedied + order;
  }
}
