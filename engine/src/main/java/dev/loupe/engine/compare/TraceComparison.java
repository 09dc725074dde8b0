package dev.loupe.engine.compare;

import dev.loupe.engine.compare.TraceStage.Kind;
import dev.loupe.io.Printable;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Two traces of one prompt, stage by stage: what differs, and what explains it.
 *
 * <p>A stage can be judged by itself only where it started from equal numbers: in rows whose inputs
 * are equal in both traces. There the difference must be no larger than that of two orders of
 * additions. Everywhere else it must be no larger than rounding is known to become on its way. What
 * comes after the first difference beyond rounding is a consequence and is not judged. Limits and
 * measurements are in {@code docs/diagnose.md}.
 *
 * @param a the first trace
 * @param b the second trace
 * @param dtype the coarser type of the two, in which numbers are compared
 * @param stages every stage that a trace of this model has, in the order of the run
 * @param notes what else there is to say, in sentences
 */
public record TraceComparison(
    Side a, Side b, DType dtype, List<StageComparison> stages, List<String> notes) {

  /** Growth from one stage to the next that deserves a note. */
  private static final double GROWTH = 8;

  /**
   * What a trace says of itself.
   *
   * @param file its name, without folder
   * @param dtype of its stages
   * @param attention {@code eager}, {@code sdpa} or another name
   * @param tokens of the prompt; 0 if the trace does not hold them
   * @param model what the file says of the model; empty if nothing
   * @param run what else the file says of how it was computed; empty if nothing
   */
  public record Side(
      String file, DType dtype, String attention, int tokens, String model, String run) {

    /** The name of the type: {@code float16}. */
    public String typeName() {
      return Values.name(dtype);
    }
  }

  /** What the comparison comes to. */
  public enum Verdict {
    /** Every number is equal. */
    SAME,
    /** Rounding explains all that differs. */
    WITHIN_ROUNDING,
    /** What both hold is the same within rounding, but one lacks stages. */
    INCOMPLETE,
    /** Something differs beyond rounding. */
    DIFFERENT
  }

  /**
   * Compares two files that {@code trace}, or the script of {@code trace --script}, wrote.
   *
   * @throws IOException if a file cannot be read or is no trace, or if the two are of models of
   *     different sizes
   */
  public static TraceComparison of(Path a, Path b) throws IOException {
    try (TraceFile one = TraceFile.open("A", a);
        TraceFile other = TraceFile.open("B", b)) {
      requireOneModel(one, other);
      DType dtype = Values.coarser(one.dtype(), other.dtype());
      List<StageComparison> stages = stages(one, other, dtype);
      List<String> notes = notes(one, other, dtype);
      notes.addAll(growth(stages, dtype));
      wide(stages, dtype).ifPresent(notes::add);
      notFinite(stages).ifPresent(notes::add);
      return new TraceComparison(side(one), side(other), dtype, stages, List.copyOf(notes));
    }
  }

  /** The name of the type in which numbers are compared: {@code float16}. */
  public String typeName() {
    return Values.name(dtype);
  }

  /** The verdict. */
  public Verdict verdict() {
    if (cause().isPresent()) {
      return cause().get().judgement() == Judgement.MISSING
          ? Verdict.INCOMPLETE
          : Verdict.DIFFERENT;
    }
    return first().isPresent() ? Verdict.WITHIN_ROUNDING : Verdict.SAME;
  }

  /** The first stage that differs beyond rounding, or else the first that only one trace has. */
  public Optional<StageComparison> cause() {
    return firstBeyondRounding(false).or(() -> firstBeyondRounding(true));
  }

  private Optional<StageComparison> firstBeyondRounding(boolean missing) {
    return stages.stream()
        .filter(s -> !s.judgement().withinRounding())
        .filter(s -> (s.judgement() == Judgement.MISSING) == missing)
        .findFirst();
  }

  /** The first stage that differs in any way. */
  public Optional<StageComparison> first() {
    return stages.stream().filter(s -> s.judgement() != Judgement.SAME).findFirst();
  }

  private static Side side(TraceFile t) {
    String run =
        Stream.of("transformers", "torch", "device", "arithmetic", "remedy")
            .flatMap(key -> t.metadata(key).map(value -> key + " " + value).stream())
            .collect(Collectors.joining(", "));
    int tokens = t.tensor(Kind.INPUT_IDS).map(i -> (int) i.shape().elements()).orElse(0);
    String model = t.metadata("model").orElse("");
    return new Side(t.name(), t.dtype(), t.attention(), tokens, model, run);
  }

  private static void requireOneModel(TraceFile a, TraceFile b) throws IOException {
    for (TraceStage stage : a.stages().keySet()) {
      Tensor one = a.stages().get(stage);
      Tensor other = b.stages().get(stage);
      if (other != null
          && !(stage.kind().integers() && stage.kind().input())
          && Values.columns(one) != Values.columns(other)) {
        throw twoModels(stage.name() + " " + one.shape(), a, other.shape().toString(), b);
      }
    }
    boolean decoders = a.tensor(Kind.NORM).isPresent() && b.tensor(Kind.NORM).isPresent();
    if (decoders && a.count(Kind.LAYER) != b.count(Kind.LAYER)) {
      throw twoModels(a.count(Kind.LAYER) + " layers", a, b.count(Kind.LAYER) + " layers", b);
    }
    boolean towers = a.tensor(Kind.MERGER).isPresent() && b.tensor(Kind.MERGER).isPresent();
    if (towers && a.count(Kind.BLOCK) != b.count(Kind.BLOCK)) {
      throw twoModels(a.count(Kind.BLOCK) + " blocks", a, b.count(Kind.BLOCK) + " blocks", b);
    }
  }

  private static IOException twoModels(String one, TraceFile a, String other, TraceFile b) {
    return new IOException(
        "expected two traces of one model, found %s in %s and %s in %s"
            .formatted(one, a.name(), other, b.name()));
  }

  private static List<StageComparison> stages(TraceFile a, TraceFile b, DType dtype) {
    StageJudge judge = new StageJudge(a, b, dtype);
    TreeSet<TraceStage> all = new TreeSet<>(a.stages().keySet());
    all.addAll(b.stages().keySet());
    List<StageComparison> stages = new ArrayList<>();
    for (TraceStage stage : all) {
      if (a.has(stage) && b.has(stage)) {
        stages.add(judge.compare(stage));
      } else if (!optional(stage)) {
        stages.add(StageComparison.of(stage, Judgement.MISSING, only(a.has(stage) ? "A" : "B")));
      }
    }
    return List.copyOf(stages);
  }

  /** Stages that a complete trace may lack. */
  private static boolean optional(TraceStage stage) {
    return stage.kind().scores() || stage.kind() == Kind.PIXEL_VALUES;
  }

  private static List<String> notes(TraceFile a, TraceFile b, DType dtype) {
    List<String> notes = new ArrayList<>();
    if (a.dtype() != b.dtype()) {
      notes.add(
          ("A is %s and B is %s: numbers are rounded to %s before they are compared, and no stage "
                  + "can be judged by an order of additions.")
              .formatted(Values.name(a.dtype()), Values.name(b.dtype()), Values.name(dtype)));
    }
    if (!a.attention().equals(b.attention())) {
      notes.add(
          "A has %s attention and B %s: they round scores in different places."
              .formatted(Printable.escape(a.attention()), Printable.escape(b.attention())));
    }
    a.metadata("model")
        .filter(model -> b.metadata("model").filter(other -> !other.equals(model)).isPresent())
        .ifPresent(model ->
            notes.add(
                "A says it is of the model %s, B of %s."
                    .formatted(
                        Printable.escape(model),
                        Printable.escape(b.metadata("model").orElse("")))));
    if (a.tensor(Kind.PIXEL_VALUES).isPresent() != b.tensor(Kind.PIXEL_VALUES).isPresent()) {
      notes.add(
          "Only %s holds pixel_values: the pictures are taken for equal."
              .formatted(a.tensor(Kind.PIXEL_VALUES).isPresent() ? "A" : "B"));
    }
    lastRows(a, b).ifPresent(notes::add);
    return notes;
  }

  private static Optional<String> lastRows(TraceFile a, TraceFile b) {
    Optional<Tensor> one = a.tensor(Kind.INPUTS_EMBEDS);
    Optional<Tensor> other = b.tensor(Kind.INPUTS_EMBEDS);
    if (one.isEmpty() || other.isEmpty()) {
      return Optional.empty();
    }
    int rowsOfA = Values.rows(one.get());
    int rowsOfB = Values.rows(other.get());
    return rowsOfA != rowsOfB && Math.min(rowsOfA, rowsOfB) == 1
        ? Optional.of(
            "%s holds the last row of each stage alone; the others are not compared."
                .formatted(rowsOfA == 1 ? "A" : "B"))
        : Optional.empty();
  }

  /** Where a difference within rounding grows much from one stage to the next. */
  private static List<String> growth(List<StageComparison> stages, DType dtype) {
    double worthANote = (dtype == DType.F32 ? 64 : 2) * Values.roundoff(dtype);
    List<String> notes = new ArrayList<>();
    StageComparison before = null;
    for (StageComparison s : stages) {
      if (s.distance().isEmpty() || !s.judgement().withinRounding()) {
        continue;
      }
      double now = s.distance().get().relativeRms();
      double then = before == null ? 0 : before.distance().orElseThrow().relativeRms();
      if (then > 0 && now > GROWTH * then && now > worthANote) {
        notes.add(
            ("From %s to %s the difference grows %.0f-fold. Large scores carry a rounding on so; a "
                    + "small fault would look the same.")
                .formatted(before.stage(), s.stage(), now / then));
      }
      before = s;
    }
    return notes;
  }

  /** Where a layer is too wide for a judgement of more than size. */
  private static Optional<String> wide(List<StageComparison> stages, DType dtype) {
    return stages.stream()
        .filter(s -> dtype != DType.F32 && s.judgement() == Judgement.ORDER_OF_ADDITIONS)
        .filter(s -> s.distance().orElseThrow().share() > Reach.NARROW_SHARE)
        .filter(s -> s.distance().orElseThrow().columns() > Reach.NARROW)
        .findFirst()
        .map(s ->
            ("%s is %,d wide. There rounding in another place, such as scores that are scaled "
                    + "before they are rounded, looks like another order of additions.")
                .formatted(s.stage(), s.distance().orElseThrow().columns()));
  }

  /** Equal is not right: both may have failed. */
  private static Optional<String> notFinite(List<StageComparison> stages) {
    return stages.stream()
        .filter(s -> s.distance().map(StageDistance::notFiniteInBoth).orElse(0L) > 0)
        .findFirst()
        .map(s ->
            "Both fail alike: in %s %,d of %,d elements are infinite or NaN in both."
                .formatted(
                    s.stage(),
                    s.distance().orElseThrow().notFiniteInBoth(),
                    s.distance().orElseThrow().elements()));
  }

  /** What is said of a stage that only one trace has. */
  private static String only(String label) {
    return "only %s has it".formatted(label);
  }

  /**
   * Names of the stages that a trace lacks, in the order of the run.
   *
   * @param has the other one, {@code A} or {@code B}
   */
  List<String> onlyIn(String has) {
    return stages.stream()
        .filter(s -> s.judgement() == Judgement.MISSING && s.what().equals(only(has)))
        .map(StageComparison::stage)
        .toList();
  }
}
