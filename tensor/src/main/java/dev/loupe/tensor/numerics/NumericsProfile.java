package dev.loupe.tensor.numerics;

import dev.loupe.tensor.DType;

/**
 * The arithmetic of a run: which values numbers may take, and where they are rounded.
 *
 * <p>Numbers live in float32 memory that holds only values of the compute type; every operation of
 * the model is computed in float32 and rounded to that type where PyTorch rounds. Sums are
 * sequential chains of fused multiply-adds in float32.
 *
 * @param compute F32, BF16 or F16
 * @param attention whose roundings attention follows
 * @param scaling how eager scores are scaled
 * @param remedy what eager attention of the decoder does against overflow
 * @param accumulation the order of additions
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
    if (accumulation == Accumulation.TORCH_CPU
        && (compute != DType.F16 || attention != AttentionKind.EAGER)) {
      throw new IllegalArgumentException(
          "PyTorch's order of additions: expected float16 with eager attention, where it is known,"
              + " found "
              + compute
              + " "
              + attention);
    }
    if (attention == AttentionKind.SDPA && remedy != ScoreRemedy.NONE) {
      throw new IllegalArgumentException(
          "remedy %s: expected eager attention, found sdpa, whose scores are float32 anyway"
              .formatted(remedy));
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

  /** The same with another order of additions. */
  public NumericsProfile with(Accumulation other) {
    return new NumericsProfile(compute, attention, scaling, remedy, other);
  }

  /** The compute type as PyTorch calls it: {@code float16}. */
  public String computeName() {
    return switch (compute) {
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
    String order =
        switch (accumulation) {
          case SEQUENTIAL_FMA -> "";
          case DESCENDING -> ", summed backwards";
          case TORCH_CPU -> ", summed as PyTorch does";
        };
    return computeName() + " " + attention + divided + remedied + order;
  }
}
