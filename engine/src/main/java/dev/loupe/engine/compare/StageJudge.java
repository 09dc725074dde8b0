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
            : stage.kind() == Kind.ATTENTION ? scores(stage) : numbers(stage);
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
    Judgement judgement = judgement(stage, one, other, d);
    inputs.add(stage, d);
    return new StageComparison(stage.name(), judgement, Optional.of(d), what(stage, judgement, d));
  }

  private Judgement judgement(TraceStage stage, Tensor one, Tensor other, StageDistance d) {
    Reach reach = new Reach(dtype);
    if (d.differing() == 0) {
      return Judgement.SAME;
    }
    if (beyondRounding) {
      return Judgement.FOLLOWS;
    }
    if (d.onlyOneInfinite() > 0) {
      return Judgement.OVERFLOW;
    }
    if (d.onlyOneNan() > 0) {
      return Judgement.NAN;
    }
    if (!sameType) {
      return reach.carries(d) ? Judgement.TYPES : Judgement.OTHER;
    }
    BitSet equal = inputs.of(stage);
    StageDistance made = StageDistance.of(one, other, dtype, equal);
    Judgement own = reach.fromEqualInputs(stage, Values.columns(one), made, fused);
    boolean allOwn = made.rows() == d.rows();
    if (!own.withinRounding() || allOwn) {
      return own;
    }
    if (!reach.carries(d)) {
      return Judgement.OTHER;
    }
    return own == Judgement.SAME ? Judgement.CARRIED : own;
  }

  private String what(TraceStage stage, Judgement judgement, StageDistance d) {
    return switch (judgement) {
      case SAME, FOLLOWS, CARRIED -> "";
      case OVERFLOW, NAN ->
          "%s; so are %d of %d elements"
              .formatted(
                  notFinite(d.firstNotFinite().orElseThrow()),
                  judgement == Judgement.NAN ? d.onlyOneNan() : d.onlyOneInfinite(),
                  d.elements());
      case ROUNDED_ELSEWHERE ->
          element(d)
              + (dtype == DType.F32
                  ? "; as if products were rounded to TF32 or to 16 bits, or scores were very large"
                  : String.format(
                      Locale.ROOT,
                      "; from equal inputs another order of additions moves up to %.0f %% of the "
                          + "elements, so something is rounded in another place, as by scaling "
                          + "before the scores are rounded",
                      100 * Reach.share(stage, d.columns())));
      case OTHER ->
          element(d)
              + "; "
              + DifferencePattern.of(a.stages().get(stage), b.stages().get(stage), dtype, d);
      default -> element(d);
    };
  }

  /** The first element that differs. */
  static String element(StageDistance d) {
    Element e = d.first().orElseThrow();
    return "row %d, element %d: %s in A and %s in B".formatted(e.row(), e.index(), e.a(), e.b());
  }

  private static String notFinite(Element e) {
    return "row %d, element %d is %s in A and %s in B".formatted(e.row(), e.index(), e.a(), e.b());
  }
}
