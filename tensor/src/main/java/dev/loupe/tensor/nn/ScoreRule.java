package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.internal.RowKernels;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.ScoreScaling;
import java.lang.foreign.MemorySegment;

/** How one row of float32 products q kᵀ becomes weights of the values. */
interface ScoreRule {

  /**
   * Turns scores into weights, in place.
   *
   * @param s the row, {@code keys} scores from {@code at} on
   * @param row of the queries of this pass
   * @param visible how many of the scores are not masked
   * @param watch sees the scores
   * @return what the weighted sum of the values is multiplied by
   */
  float weigh(
      RowKernels kernels, MemorySegment s, long at, int row, int visible, int keys, RowWatch watch);

  /** How many weights of the row take part in the sum. */
  int used(int visible, int keys);

  /** 1 / sqrt(headDim) as float32: {@code self.scaling} of transformers. */
  static float scale(int headDim) {
    return (float) (1 / Math.sqrt(headDim));
  }

  /**
   * The rule of a profile.
   *
   * @param overflowed whether a score of the layer is infinite, which the clamp remedy asks
   */
  static ScoreRule of(NumericsProfile profile, int headDim, boolean overflowed) {
    return profile.attention() == AttentionKind.SDPA
        ? new Sdpa(profile.compute(), scale(headDim))
        : new Eager(profile, headDim, overflowed);
  }

  /**
   * Scores stay float32; weights are rounded undivided and the sum is divided at the end, as the
   * CPU's flash attention does.
   */
  record Sdpa(DType compute, float scale) implements ScoreRule {

    @Override
    public float weigh(
        RowKernels kernels,
        MemorySegment s,
        long at,
        int row,
        int visible,
        int keys,
        RowWatch watch) {
      return 1 / kernels.exponentials(compute, s, at, visible, scale);
    }

    @Override
    public int used(int visible, int keys) {
      return visible;
    }
  }

  /** {@code eager_attention_forward}, step by step, each rounded. */
  record Eager(NumericsProfile profile, int headDim, boolean overflowed) implements ScoreRule {

    /** T5 clamps to the largest finite number less this. */
    private static final float CLAMP_RESERVE = 1000f;

    private static final float FLOAT16_LOWEST = -65504f;
    private static final float BFLOAT16_LOWEST = -0x1.fep127f;

    @Override
    public float weigh(
        RowKernels kernels,
        MemorySegment s,
        long at,
        int row,
        int visible,
        int keys,
        RowWatch watch) {
      int n = used(visible, keys);
      DType compute = profile.compute();
      DType type = profile.remedy() == ScoreRemedy.UPCAST_QK ? DType.F32 : compute;
      watch.scores(s, at, row, n);
      kernels.round(type, s, at, n);
      if (overflowed) {
        kernels.clamp(s, at, n, -FLOAT16_LOWEST - CLAMP_RESERVE);
      }
      scale(kernels, type, s, at, n);
      kernels.addConstant(type, s, at + visible, n - visible, lowest());
      if (profile.remedy() == ScoreRemedy.INF_TO_ZERO && compute == DType.F16) {
        watch.masked(s, at + visible, n - visible);
        kernels.zeroInfinities(s, at, n);
      }
      kernels.softmax(compute, s, at, n);
      return 1;
    }

    private void scale(RowKernels kernels, DType type, MemorySegment s, long at, int n) {
      if (profile.remedy() == ScoreRemedy.SCALE_FIRST) {
        return;
      }
      if (profile.scaling() == ScoreScaling.DIVISION) {
        kernels.divide(type, s, at, n, (float) Math.sqrt(headDim));
      } else {
        kernels.scale(type, s, at, n, ScoreRule.scale(headDim));
      }
    }

    private float lowest() {
      return profile.compute() == DType.F16 ? FLOAT16_LOWEST : BFLOAT16_LOWEST;
    }

    @Override
    public int used(int visible, int keys) {
      return profile.compute() == DType.F32 ? visible : keys;
    }
  }
}
