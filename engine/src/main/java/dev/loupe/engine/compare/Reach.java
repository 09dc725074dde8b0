package dev.loupe.engine.compare;

import dev.loupe.tensor.DType;

/**
 * How far rounding alone takes two right implementations from each other.
 *
 * <p>The limits are measured, with a margin of about three, on two orders of additions of Loupe
 * itself (first term to last, and backwards) and on PyTorch. They are no proof: within them a small
 * fault is not seen.
 *
 * @param dtype the type that is compared
 */
record Reach(DType dtype) {

  /**
   * float32, equal inputs: the largest difference over the stage's largest magnitude, some 330
   * units of 2^-24. The bound of the parity tests; measured 1.2e-6.
   */
  private static final double FLOAT32_MAX = 2e-5;

  /** float32, equal inputs, but products of 10 bits of fraction, as TF32 has: likewise. */
  private static final double COARSER_MAX = 0x1p-8;

  /**
   * 16 bits, equal inputs: the share of elements that another order rounds to the other side.
   * Measured for one product or norm 0.8 %, for a layer or block of width 160 3.0 %.
   */
  private static final double ONE_OPERATION_SHARE = 0.05;

  static final double NARROW_SHARE = 0.10;

  /**
   * The widest stage for which {@link #NARROW_SHARE} is known. In a layer of width 1536 an order of
   * additions moved 54 % of the elements by a rounding, and scores that are scaled before they are
   * rounded 67 %: that cannot be told apart.
   */
  static final int NARROW = 256;

  /** 16 bits, equal inputs: the largest distance of one element. Measured 16. */
  private static final double WORST_ULPS = 64;

  /**
   * 16 bits, equal inputs: the root mean square in units of the roundoff. Measured 1.2 for an order
   * in a layer of width 1536, and 1.6 for rounding in other places.
   */
  private static final double RMS = 4;

  /**
   * 16 bits, inputs that differ by rounding: the same, after any number of stages. Measured 5.1 for
   * one row of logits, 2.5 for all rows.
   */
  private static final double CARRIED_RMS = 16;

  /**
   * float32 likewise, 2^-10: where scores are near 90,000, as two heads of the built-in model have
   * them, a step of their last place moves a softmax. Measured 4.9e-4.
   */
  private static final double FLOAT32_CARRIED_RMS = 0x1p-10;

  /** Inputs that differ by rounding: the largest distance of one element. Measured 57. */
  private static final double CARRIED_WORST_ULPS = 256;

  /** float32 likewise. Measured 420,206. */
  private static final double FLOAT32_CARRIED_WORST_ULPS = 0x1p21;

  /** Whether a difference of a later stage can be what rounding of an earlier one became. */
  boolean carries(StageDistance d) {
    return dtype == DType.F32
        ? d.relativeRms() <= FLOAT32_CARRIED_RMS && d.worstUlps() <= FLOAT32_CARRIED_WORST_ULPS
        : d.relativeRms() <= CARRIED_RMS * Values.roundoff(dtype)
            && d.worstUlps() <= CARRIED_WORST_ULPS;
  }

  /**
   * What explains a difference from equal inputs.
   *
   * @param fused whether either trace has fused attention, which rounds in places of its own
   */
  Judgement fromEqualInputs(TraceStage stage, int width, StageDistance d, boolean fused) {
    if (d.differing() == 0) {
      return Judgement.SAME;
    }
    if (d.differing() == 1 && d.worstUlps() <= 1) {
      return Judgement.ONE_ROUNDING;
    }
    if (stage.kind() == TraceStage.Kind.INPUTS_EMBEDS) {
      return Judgement.OTHER; // Rows of a table: nothing is computed.
    }
    if (dtype == DType.F32) {
      if (d.relativeMax() <= FLOAT32_MAX) {
        return Judgement.ORDER_OF_ADDITIONS;
      }
      boolean coarser = d.relativeMax() <= COARSER_MAX && d.share() > NARROW_SHARE;
      return coarser && carries(d) ? Judgement.ROUNDED_ELSEWHERE : Judgement.OTHER;
    }
    if (d.worstUlps() > WORST_ULPS || d.relativeRms() > RMS * Values.roundoff(dtype)) {
      return Judgement.OTHER;
    }
    if (d.share() <= share(stage, width)) {
      return Judgement.ORDER_OF_ADDITIONS;
    }
    return fused && stage.kind().attends()
        ? Judgement.FUSED_ATTENTION
        : Judgement.ROUNDED_ELSEWHERE;
  }

  /** The largest share of elements that an order of additions is known to move. */
  static double share(TraceStage stage, int width) {
    return switch (stage.kind()) {
      case PATCH_EMBED, NORM, LOGITS -> ONE_OPERATION_SHARE;
      default -> width <= NARROW ? NARROW_SHARE : 1;
    };
  }
}
