package dev.loupe.engine.diagnose;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TorchOrder;
import dev.loupe.engine.diagnose.ObservedRuns.Observed;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.nn.WeightConversion;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/** Runs a prompt with all settings and makes the report. One use. */
final class Diagnoser {

  /** How many operations near the end of the range the report lists. */
  private static final int LARGEST = 5;

  private final ModelFiles files;
  private final Prompt prompt;
  private final DiagnosisOptions options;
  private final RunSettings diagnosed;
  private final Set<RunSettings> settings = new LinkedHashSet<>();
  private final Map<RunSettings, Run> runs = new LinkedHashMap<>();
  private Optional<DiagnosedRun> diagnosedRun = Optional.empty();

  /** What is kept of a run. */
  private record Run(Outcome outcome, float[] promptLogits, List<StageDifference> stages) {}

  /** What is kept of the run that is diagnosed. */
  private record DiagnosedRun(
      RunRecorder recorder,
      WeightConversion weights,
      List<SequenceToken> tokens,
      Patches patches,
      Optional<SummationOrder> order,
      Optional<FailingElement> failing) {

    DiagnosedRun with(Optional<FailingElement> found) {
      return new DiagnosedRun(recorder, weights, tokens, patches, order, found);
    }
  }

  Diagnoser(ModelFiles files, Prompt prompt, DiagnosisOptions options) {
    this.files = files;
    this.prompt = prompt;
    this.options = options;
    this.diagnosed = new RunSettings(options.load().profile(), options.generation().remedy(), true);
    settings.add(diagnosed);
    settings.add(RunSettings.of(NumericsProfile.FLOAT32));
    settings.add(Remedy.GREEDY.settings(diagnosed.profile()));
    for (Remedy remedy : options.remedies()) {
      settings.add(remedy.settings(diagnosed.profile()));
      settings.add(remedy.settings(diagnosed.profile()).reference());
    }
  }

  Diagnosis diagnosis() throws IOException {
    // Its type may be loaded last.
    TorchOrder.requireKnown(files, ModelParts.config(files), diagnosed.profile());
    try (StageComparison stages = new StageComparison(DType.F32, RemedyReport.ROWS)) {
      return diagnosis(stages);
    }
  }

  private Diagnosis diagnosis(StageComparison stages) throws IOException {
    // Float16 comes last: what it frees may stay with the process, and the others map one file.
    for (DType compute : List.of(DType.F32, DType.BF16, DType.F16)) {
      List<RunSettings> of =
          settings.stream().filter(s -> s.profile().compute() == compute).toList();
      if (!of.isEmpty()) {
        runAll(of, stages);
      }
    }
    return report(diagnosedRun.orElseThrow());
  }

  /** Runs the settings of one compute type. */
  private void runAll(List<RunSettings> sameType, StageComparison stages) throws IOException {
    LoadOptions load = options.load().profile(sameType.getFirst().profile());
    progress("loading " + load.profile().computeName() + " weights");
    try (Qwen2Vl model = Qwen2Vl.load(files, load)) {
      if (runs.isEmpty()) {
        RunTime.tell(options.listener(), model, prompt, options.generation(), settings);
      }
      float edge = SummationOrder.edge(model.config().text().headDim());
      Map<RunSettings, RunRecorder> recorders = new LinkedHashMap<>();
      sameType.forEach(runSettings ->
          recorders.put(
              runSettings, new RunRecorder(runSettings, edge, runSettings.equals(diagnosed))));
      run(model, recorders, stages);
      if (recorders.containsKey(diagnosed)) {
        diagnosedRun = Optional.of(diagnosedRun(model, recorders.get(diagnosed), edge));
      }
    }
  }

  private void run(Qwen2Vl model, Map<RunSettings, RunRecorder> recorders, StageComparison stages) {
    List<Observed> observed = new ArrayList<>();
    recorders.forEach((runSettings, recorder) ->
        observed.add(
            new Observed(
                runSettings, generation(runSettings), recorder, comparing(runSettings, stages))));
    new ObservedRuns(model, prompt, options.listener(), this::progress)
        .run(
            observed,
            (run, outcome) ->
                runs.put(
                    run.settings(),
                    new Run(outcome, run.recorder().promptLogits(), differences(run.also()))));
  }

  /** Runs are compared with that of float32, which comes first, if there are remedies to judge. */
  private NumericsTrace comparing(RunSettings runSettings, StageComparison stages) {
    if (options.remedies().isEmpty()) {
      return NumericsTrace.NONE;
    }
    return runSettings.equals(RunSettings.of(NumericsProfile.FLOAT32))
        ? stages.first()
        : stages.other();
  }

  private static List<StageDifference> differences(NumericsTrace of) {
    return of instanceof StageComparison.Other other ? other.differences() : List.of();
  }

  private void progress(String next) {
    int more = (diagnosed.hasOrder() ? 1 : 0) + (options.operands() ? 1 : 0);
    options.listener().begins(runs.size(), settings.size() + more, next);
  }

  private GenerationOptions generation(RunSettings runSettings) {
    GenerationOptions given = options.generation().remedy(runSettings.remedy()).check(false);
    return runSettings.sampled() ? given.sample(seed()) : given.withoutSampling();
  }

  private long seed() {
    return options.generation().seed().orElse(0);
  }

  private DiagnosedRun diagnosedRun(Qwen2Vl model, RunRecorder recorder, float edge) {
    List<SequenceToken> tokens =
        new TokenDescriber(model.tokenizer(), model.config())
            .describe(recorder.ids(), recorder.grids(), prompt.images().size(), recorder.tokens());
    Optional<SummationOrder> order =
        diagnosed.hasOrder() ? Optional.of(order(model, recorder, edge)) : Optional.empty();
    Patches patches =
        Patches.of(
            recorder.grids(), prompt.images().size(), model.config().vision().spatialMergeSize());
    DiagnosedRun run =
        new DiagnosedRun(
            recorder, model.weightConversion(), tokens, patches, order, Optional.empty());
    return options.operands() ? run.with(failing(model, run)) : run;
  }

  /** Answers again and keeps the operands of what went wrong first. */
  private Optional<FailingElement> failing(Qwen2Vl model, DiagnosedRun run) {
    RunRecorder recorder = run.recorder();
    RowPlaces places = places(run);
    return FailingPlace.of(
            recorder.firstOverflow(),
            recorder.sums().first(places),
            recorder.absorbed().first(places))
        .flatMap(place -> {
          progress(diagnosed.profile() + ": operands");
          return new OperandSearch(place).run(model, diagnosed, prompt, generation(diagnosed));
        });
  }

  private SummationOrder order(Qwen2Vl model, RunRecorder forwards, float edge) {
    progress(diagnosed.profile() + ": backwards");
    RunRecorder backwards = new RunRecorder(diagnosed, edge);
    RunSettings greedy = new RunSettings(diagnosed.profile(), diagnosed.remedy(), false);
    model
        .with(diagnosed.profile().with(Accumulation.DESCENDING))
        .generate(prompt, generation(greedy).maxNewTokens(1), backwards, backwards);
    return SummationOrder.of(forwards, backwards, edge);
  }

  private Diagnosis report(DiagnosedRun of) {
    RunRecorder recorder = of.recorder();
    Run reference = runs.get(RunSettings.of(NumericsProfile.FLOAT32));
    List<RemedyReport> remedies = new ArrayList<>();
    for (Remedy remedy : options.remedies()) {
      RunSettings runSettings = remedy.settings(diagnosed.profile());
      remedies.add(report(remedy, runs.get(runSettings), runs.get(runSettings.reference())));
    }
    return new Diagnosis(
        files.name(),
        diagnosed.profile(),
        seed(),
        of.weights(),
        recorder.ids().length,
        of.tokens(),
        of.patches(),
        runs.get(diagnosed).outcome(),
        runs.get(Remedy.GREEDY.settings(diagnosed.profile())).outcome(),
        reference.outcome(),
        recorder.firstOverflow(),
        recorder.sums().first(places(of)),
        recorder.sums().counts(),
        recorder.absorbed().first(places(of)),
        diagnosed.float16Scores() ? recorder.overflowing() : List.of(),
        recorder.counts(),
        recorder.spread().pass(),
        recorder.spread().rows(),
        largest(recorder.ranges()),
        recorder.ranges(),
        recorder.margins(),
        recorder.exponents(),
        Underflow.of(recorder.ranges()),
        of.order(),
        of.failing(),
        remedies);
  }

  private static RowPlaces places(DiagnosedRun of) {
    return new RowPlaces(of.tokens(), of.recorder().ids().length, of.patches());
  }

  private static List<OperationRange> largest(List<OperationRange> ranges) {
    return ranges.stream()
        .filter(r -> !r.operation().isDecoderScores())
        .sorted(Comparator.comparingDouble(OperationRange::largest).reversed())
        .limit(LARGEST)
        .toList();
  }

  private static RemedyReport report(Remedy remedy, Run run, Run reference) {
    OptionalInt different = run.outcome().firstDifference(reference.outcome());
    return new RemedyReport(
        remedy,
        run.outcome(),
        difference(run.promptLogits(), reference.promptLogits()),
        different,
        Verdict.of(run.outcome(), different.isEmpty()),
        run.stages());
  }

  private static OptionalDouble difference(float[] ours, float[] theirs) {
    double largest = 0;
    for (int i = 0; i < ours.length; i++) {
      double difference = Math.abs((double) ours[i] - theirs[i]);
      if (!Double.isFinite(difference)) {
        return OptionalDouble.empty();
      }
      largest = Math.max(largest, difference);
    }
    return OptionalDouble.of(largest);
  }
}
