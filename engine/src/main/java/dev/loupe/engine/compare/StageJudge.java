package dev.loupe.engine.compare;

import dev.loupe.engine.compare.StageDistance.Element;
import dev.loupe.engine.compare.TraceStage.Kind;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.BitSet;
import java.util.Locale;
import java.util.Optional;

/** Compares the computed stages of two traces, one after the other, in the order of the run. */
final class StageJudge {
  private final TraceFile a;
  private final TraceFile b;
  private final DType dtype;
  private final EqualInputs inputs;
  private final boolean sameType;
  private final boolean fused;

  /** Once this is set, what differs is a consequence. */
  private boolean beyondRounding;

  /** A judgement, and the distance that it rests on. */
  private record Judged(Judgement judgement, StageDistance made) {}

  StageJudge(TraceFile a, TraceFile b, DType dtype) {
    this.a = a;
    this.b = b;
    this.dtype = dtype;
    this.inputs = new EqualInputs(a, b);
    this.sameType = a.dtype() == b.dtype();
    this.fused = !a.attention().equals("eager") || !b.attention().equals("eager");
  }

  /** Judges a stage that both have. */
  StageComparison compare(TraceStage stage) {
    StageComparison found =
        stage.kind().input()
            ? new InputDifferences(a, b).compare(stage)
            : stage.kind().scores() ? scores(stage) : numbers(stage);
    if (stage.kind() == Kind.PIXEL_VALUES && found.distance().isPresent()) {
      inputs.add(stage, found.distance().get());
    }
    beyondRounding |= !found.judgement().withinRounding();
    return found;
  }

  private StageComparison scores(TraceStage stage) {
    NonFiniteDifference d = NonFiniteDifference.of(a.stages().get(stage), b.stages().get(stage));
    Judgement judgement =
        d.same()
            ? Judgement.SAME
            : beyondRounding
                ? Judgement.FOLLOWS
                : d.infinite() ? Judgement.OVERFLOW : Judgement.NAN;
    return StageComparison.of(stage, judgement, d.same() ? "" : d.toString());
  }

  private StageComparison numbers(TraceStage stage) {
    Tensor one = a.stages().get(stage);
    Tensor other = b.stages().get(stage);
    int rowsOfA = Values.rows(one);
    int rowsOfB = Values.rows(other);
    if (rowsOfA != rowsOfB && Math.min(rowsOfA, rowsOfB) != 1) {
      return StageComparison.of(
          stage,
          beyondRounding ? Judgement.FOLLOWS : Judgement.SHAPE,
          "%d rows in A and %d in B".formatted(rowsOfA, rowsOfB));
    }
    BitSet all = new BitSet();
    all.set(0, Math.max(rowsOfA, rowsOfB));
    StageDistance d = StageDistance.of(one, other, dtype, all);
    Judged judged = judged(stage, one, other, d);
    inputs.add(stage, d);
    return new StageComparison(
        stage.name(), judged.judgement(), Optional.of(d), what(stage, judged, d));
  }

  private Judged judged(TraceStage stage, Tensor one, Tensor other, StageDistance d) {
    if (d.differing() == 0) {
      return new Judged(Judgement.SAME, d);
    }
    if (beyondRounding) {
      return new Judged(Judgement.FOLLOWS, d);
    }
    if (d.onlyOneInfinite() > 0) {
      return new Judged(Judgement.OVERFLOW, d);
    }
    if (d.onlyOneNan() > 0) {
      return new Judged(Judgement.NAN, d);
    }
    Reach reach = new Reach(dtype);
    if (!sameType) {
      return new Judged(reach.carries(d) ? Judgement.TYPES : Judgement.OTHER, d);
    }
    StageDistance made = StageDistance.of(one, other, dtype, inputs.of(stage));
    Judgement own = reach.fromEqualInputs(stage, Values.columns(one), made, fused);
    if (own.withinRounding() && made.rows() < d.rows()) {
      return !reach.carries(d)
          ? new Judged(Judgement.OTHER, d)
          : new Judged(own == Judgement.SAME ? Judgement.CARRIED : own, made);
    }
    return new Judged(own, made);
  }

  private String what(TraceStage stage, Judged judged, StageDistance d) {
    return switch (judged.judgement()) {
      case SAME, FOLLOWS, CARRIED -> "";
      case OVERFLOW ->
          "%s; %,d of %,d elements are infinite in one alone%s"
              .formatted(
                  element(d.firstNotFinite().orElseThrow()),
                  d.onlyOneInfinite(),
                  d.elements(),
                  listedScores(stage));
      case NAN ->
          "%s; %,d of %,d elements are NaN in one alone%s"
              .formatted(
                  element(d.firstNotFinite().orElseThrow()),
                  d.onlyOneNan(),
                  d.elements(),
                  listedScores(stage));
      case ROUNDED_ELSEWHERE -> element(d) + "; " + elsewhere(stage, judged.made());
      case OTHER ->
          element(d)
              + "; "
              + DifferencePattern.of(a.stages().get(stage), b.stages().get(stage), dtype, d);
      default -> element(d);
    };
  }

  private String elsewhere(TraceStage stage, StageDistance made) {
    return dtype == DType.F32
        ? "as if products were rounded to TF32 or 16 bits, or scores were very large"
        : String.format(
            Locale.ROOT,
            "of the elements with equal inputs %.0f %% differ, and another order of additions is "
                + "known to move up to %.0f %%: something is rounded in another place, as by "
                + "scaling before the scores are rounded",
            100 * made.share(),
            100 * Reach.share(stage, made.columns()));
  }

  /** The scores of a layer, where one trace alone has a list of them. */
  private String listedScores(TraceStage layer) {
    Kind kind = layer.kind() == Kind.BLOCK ? Kind.TOWER_SCORES : Kind.SCORES;
    TraceStage scores = TraceStage.of(kind, layer.number());
    if (!layer.kind().attends() || a.has(scores) == b.has(scores)) {
      return "";
    }
    TraceFile lists = a.has(scores) ? a : b;
    Tensor rows = lists.stages().get(scores);
    if (Values.rows(rows) == 0) {
      return "";
    }
    long[] first = Values.integers(rows);
    return "; %s lists %,d scores of this layer that are not finite, the first of head %d, query %d, key %d"
        .formatted(lists.label(), Values.rows(rows), first[0], first[1], first[2]);
  }

  /** The first element that differs. */
  static String element(StageDistance d) {
    return element(d.first().orElseThrow());
  }

  private static String element(Element e) {
    return "row %d, element %d is %s in A and %s in B".formatted(e.row(), e.index(), e.a(), e.b());
  }
}
