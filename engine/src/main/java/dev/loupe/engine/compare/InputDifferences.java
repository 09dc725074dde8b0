package dev.loupe.engine.compare;

import dev.loupe.engine.compare.TraceStage.Kind;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/** Compares what the two models were given. */
final class InputDifferences {
  private static final String[] STREAMS = {"time", "row", "column"};

  /**
   * The largest difference of pixel values, over the largest of them, that another order of scaling
   * and normalising makes: some units of 2^-24.
   */
  private static final double NORMALISED = 1e-6;

  private final TraceFile a;
  private final TraceFile b;

  InputDifferences(TraceFile a, TraceFile b) {
    this.a = a;
    this.b = b;
  }

  /** Compares an input that both have. */
  StageComparison compare(TraceStage stage) {
    Tensor one = a.stages().get(stage);
    Tensor other = b.stages().get(stage);
    return stage.kind() == Kind.PIXEL_VALUES
        ? pixels(stage, one, other)
        : integers(stage, Values.integers(one), Values.integers(other));
  }

  private StageComparison integers(TraceStage stage, long[] one, long[] other) {
    if (Arrays.equals(one, other)) {
      return StageComparison.same(stage, Optional.empty());
    }
    return switch (stage.kind()) {
      case INPUT_IDS -> ids(stage, one, other);
      case GRID_THW -> grids(stage, one, other);
      default -> positions(stage, one, other);
    };
  }

  /** Pictures of other sizes have other numbers of the same placeholder. */
  private StageComparison ids(TraceStage stage, long[] one, long[] other) {
    if (Arrays.equals(collapsed(one), collapsed(other)) && gridsDiffer()) {
      return StageComparison.of(
          stage,
          Judgement.PICTURE,
          "the text is the same, but the pictures take other numbers of tokens, in all %d and %d"
              .formatted(one.length, other.length));
    }
    int at = Arrays.mismatch(one, other);
    String difference =
        at < Math.min(one.length, other.length)
            ? "token %d is %d in A and %d in B".formatted(at, one[at], other[at])
            : "one is longer";
    return StageComparison.of(
        stage,
        Judgement.PROMPT,
        "%s, of %d and %d tokens".formatted(difference, one.length, other.length));
  }

  private boolean gridsDiffer() {
    Optional<Tensor> one = a.tensor(Kind.GRID_THW);
    Optional<Tensor> other = b.tensor(Kind.GRID_THW);
    return one.isPresent()
        && other.isPresent()
        && !Arrays.equals(Values.integers(one.get()), Values.integers(other.get()));
  }

  private static long[] collapsed(long[] ids) {
    long[] kept = new long[ids.length];
    int n = 0;
    for (int i = 0; i < ids.length; i++) {
      if (i == 0 || ids[i] != ids[i - 1]) {
        kept[n++] = ids[i];
      }
    }
    return Arrays.copyOf(kept, n);
  }

  private static StageComparison grids(TraceStage stage, long[] one, long[] other) {
    return StageComparison.of(
        stage,
        Judgement.PICTURE,
        "patches in time, height and width are %s in A and %s in B"
            .formatted(Arrays.toString(one), Arrays.toString(other)));
  }

  private static StageComparison positions(TraceStage stage, long[] one, long[] other) {
    if (one.length != other.length || one.length % 3 != 0) {
      return StageComparison.of(
          stage,
          Judgement.POSITIONS,
          "%d positions in A and %d in B".formatted(one.length, other.length));
    }
    int tokens = one.length / 3;
    int first = -1;
    int differing = 0;
    boolean constant = true;
    for (int token = 0; token < tokens; token++) {
      for (int s = 0; s < 3; s++) {
        int i = s * tokens + token;
        if (one[i] != other[i]) {
          first = first < 0 ? i : first;
          constant &= other[i] - one[i] == other[first] - one[first];
          differing++;
        }
      }
    }
    return StageComparison.of(
        stage,
        Judgement.POSITIONS,
        "token %d, position in %s: %d in A and %d in B; %d of %d positions differ%s"
            .formatted(
                first % tokens,
                STREAMS[first / tokens],
                one[first],
                other[first],
                differing,
                one.length,
                constant && differing > 1
                    ? ", all by %+d".formatted(other[first] - one[first])
                    : ""));
  }

  private static StageComparison pixels(TraceStage stage, Tensor one, Tensor other) {
    if (Values.rows(one) != Values.rows(other)) {
      return StageComparison.of(
          stage,
          Judgement.PICTURE,
          "%d patches in A and %d in B".formatted(Values.rows(one), Values.rows(other)));
    }
    DType dtype = Values.coarser(one.dtype(), other.dtype());
    BitSet all = new BitSet();
    all.set(0, Values.rows(one));
    StageDistance d = StageDistance.of(one, other, dtype, all);
    if (d.differing() == 0) {
      return StageComparison.same(stage, Optional.of(d));
    }
    if (d.differing() == 1 && d.worstUlps() <= 1) {
      return new StageComparison(
          stage.name(), Judgement.ONE_ROUNDING, Optional.of(d), StageJudge.element(d));
    }
    boolean rounding = dtype == DType.F32 ? d.relativeMax() <= NORMALISED : d.worstUlps() <= 1;
    return rounding
        ? new StageComparison(
            stage.name(),
            Judgement.ORDER_OF_ADDITIONS,
            Optional.of(d),
            "scaled and normalised in another order")
        : new StageComparison(
            stage.name(), Judgement.PICTURE, Optional.of(d), PixelDifference.of(one, other));
  }
}
