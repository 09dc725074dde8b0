package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.internal.RowKernels;
import dev.loupe.tensor.numerics.Absorption;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.ScoreScaling;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Predicate;

/** How float32 products q kᵀ become weights of the values, remedies against overflow included. */
interface ScoreRule {

  /** Where the remedy {@link ScoreRemedy#CLAMP} cuts: T5's, the largest finite number less 1000. */
  float CLAMPED = 64_504f;

  /** The type of the tensor of scores; empty if there is none, and scores stay float32. */
  Optional<DType> scores();

  /**
   * The queries as they are multiplied with the keys.
   *
   * @return q, or a copy of it in scratch memory
   */
  default Tensor queries(Tensor q, Workspace w) {
    return q;
  }

  /** The scores of one sequence before scaling and mask, all heads and rows. */
  @FunctionalInterface
  interface SequenceScores {

    /** Computes them until a row passes a test; says whether one does. */
    boolean anyRow(Predicate<Row> test);
  }

  /** The rule for one sequence, which may depend on all its scores. */
  default ScoreRule forSequence(SequenceScores scores, RowKernels kernels) {
    return this;
  }

  /**
   * Turns scores into weights, in place.
   *
   * @param s a row, with the scores of all keys
   * @param query which query of the sequence it is, for the watch
   * @param visible how many of the scores are not masked
   * @param watch sees the scores
   * @return what the weighted sum of the values is multiplied by
   */
  float weigh(RowKernels kernels, Row s, int query, int visible, RowWatch watch);

  /** How many weights of a row take part in the sum. */
  int used(int visible, int keys);

  /** 1 / sqrt(headDim) as float32: {@code self.scaling} of transformers. */
  static float scale(int headDim) {
    return (float) (1 / Math.sqrt(headDim));
  }

  /** The rule of a profile. Remedies act in the decoder only. */
  static ScoreRule of(NumericsProfile profile, Part part, int headDim) {
    if (profile.attention() == AttentionKind.SDPA) {
      return new Sdpa(profile.compute(), scale(headDim));
    }
    ScoreRemedy remedy = part == Part.DECODER ? profile.remedy() : ScoreRemedy.NONE;
    return new Eager(profile.compute(), profile.scaling(), remedy, headDim, false);
  }

  /**
   * Scores stay float32; weights are rounded undivided and the sum is divided at the end, as the
   * CPU's flash attention does.
   */
  record Sdpa(DType compute, float scale) implements ScoreRule {

    @Override
    public Optional<DType> scores() {
      return Optional.empty();
    }

    @Override
    public float weigh(RowKernels kernels, Row s, int query, int visible, RowWatch watch) {
      return 1 / kernels.exponentials(compute, s.segment(), s.offset(), visible, scale);
    }

    @Override
    public int used(int visible, int keys) {
      return visible;
    }
  }

  /**
   * {@code eager_attention_forward}, step by step, each rounded.
   *
   * @param clamped whether scores are cut, which the clamp remedy decides for a sequence
   */
  record Eager(
      DType compute, ScoreScaling scaling, ScoreRemedy remedy, int headDim, boolean clamped)
      implements ScoreRule {

    private static final float FLOAT16_LOWEST = -65504f;
    private static final float BFLOAT16_LOWEST = -0x1.fep127f;

    @Override
    public Optional<DType> scores() {
      return Optional.of(type());
    }

    private DType type() {
      return remedy == ScoreRemedy.UPCAST_QK ? DType.F32 : compute;
    }

    @Override
    public Tensor queries(Tensor q, Workspace w) {
      if (remedy != ScoreRemedy.SCALE_FIRST) {
        return q;
      }
      Tensor scaled = w.copy(q);
      long count = scaled.shape().elements();
      w.kernels().scale(compute, scaled.segment(), 0, count, ScoreRule.scale(headDim));
      return scaled;
    }

    @Override
    public ScoreRule forSequence(SequenceScores scores, RowKernels kernels) {
      boolean overflow =
          remedy == ScoreRemedy.CLAMP && scores.anyRow(row -> infinite(row, kernels));
      return overflow ? new Eager(compute, scaling, remedy, headDim, true) : this;
    }

    private boolean infinite(Row s, RowKernels kernels) {
      TensorStatistics row = kernels.statistics(compute, s.segment(), s.offset(), s.count());
      return row.positiveInfinite() + row.negativeInfinite() > 0;
    }

    @Override
    public float weigh(RowKernels kernels, Row row, int query, int visible, RowWatch watch) {
      MemorySegment s = row.segment();
      long at = row.offset();
      int n = used(visible, row.count());
      watch.scores(new Row(s, at, n), query);
      kernels.round(type(), s, at, n);
      if (clamped) {
        kernels.clamp(s, at, n, CLAMPED);
      }
      scale(kernels, s, at, n);
      kernels.addConstant(type(), s, at + visible, n - visible, lowest());
      if (remedy == ScoreRemedy.INF_TO_ZERO && compute == DType.F16) {
        watch.masked(new Row(s, at + visible, n - visible));
        kernels.zeroInfinities(s, at, n);
      }
      kernels.softmax(compute, s, at, n);
      watch.weights(new Row(s, at, n), query, absorption());
      return 1;
    }

    /** How infinite scores become finite weights. */
    private Absorption absorption() {
      if (clamped) {
        return Absorption.CLAMP;
      }
      boolean replaced = remedy == ScoreRemedy.INF_TO_ZERO && compute == DType.F16;
      return replaced ? Absorption.REPLACEMENT : Absorption.SOFTMAX;
    }

    private void scale(RowKernels kernels, MemorySegment s, long at, int n) {
      if (remedy == ScoreRemedy.SCALE_FIRST) {
        return;
      }
      if (scaling == ScoreScaling.DIVISION) {
        kernels.divide(type(), s, at, n, (float) Math.sqrt(headDim));
      } else {
        kernels.scale(type(), s, at, n, ScoreRule.scale(headDim));
      }
    }

    private float lowest() {
      return compute == DType.F16 ? FLOAT16_LOWEST : BFLOAT16_LOWEST;
    }

    @Override
    public int used(int visible, int keys) {
      return compute == DType.F32 ? visible : keys;
    }
  }
}
