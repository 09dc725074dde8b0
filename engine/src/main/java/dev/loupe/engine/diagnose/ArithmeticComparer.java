package dev.loupe.engine.diagnose;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.Qwen2VlConfig;
import dev.loupe.engine.TorchOrder;
import dev.loupe.engine.diagnose.ObservedRuns.Observed;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs a prompt in several arithmetics. One use. */
final class ArithmeticComparer {
  private final ModelFiles files;
  private final Prompt prompt;
  private final DiagnosisOptions options;
  private final List<Accumulation> arithmetics;
  private final NumericsProfile common;

  /** Those that exist. */
  private final Map<Accumulation, NumericsProfile> profiles = new LinkedHashMap<>();

  /** Why the others do not. */
  private final Map<Accumulation, String> missing = new LinkedHashMap<>();

  private final Map<RunSettings, Outcome> outcomes = new LinkedHashMap<>();

  ArithmeticComparer(
      ModelFiles files, Prompt prompt, DiagnosisOptions options, List<Accumulation> arithmetics) {
    this.files = files;
    this.prompt = prompt;
    this.options = options;
    this.arithmetics = List.copyOf(arithmetics);
    this.common = options.load().profile().with(Accumulation.SEQUENTIAL_FMA);
    ArithmeticComparison.requireOne(common, arithmetics);
  }

  /** An arithmetic while it runs. */
  private record Running(
      Accumulation arithmetic, Observed observed, Optional<StageComparison.Other> stages) {}

  /** Finds out which exist, in the common type and for this model. */
  private void choose() throws IOException {
    Qwen2VlConfig config = ModelParts.config(files);
    for (Accumulation arithmetic : arithmetics) {
      ArithmeticComparison.missing(common, arithmetic)
          .or(() -> TorchOrder.unknown(config, common.with(arithmetic)))
          .ifPresentOrElse(
              why -> missing.put(arithmetic, why),
              () -> profiles.put(arithmetic, common.with(arithmetic)));
    }
    if (profiles.isEmpty()) {
      throw new IOException(files.name() + ": " + ArithmeticComparison.none(missing.values()));
    }
  }

  ArithmeticComparison comparison() throws IOException {
    choose();
    progress("loading " + common.computeName() + " weights");
    try (Qwen2Vl model = Qwen2Vl.load(files, options.load().profile(common));
        StageComparison stages = new StageComparison(common.compute())) {
      List<Running> running = new ArrayList<>();
      RunTime.tell(
          options.listener(),
          model,
          prompt,
          options.generation(),
          profiles.values().stream().map(RunSettings::of).toList());
      float edge = SummationOrder.edge(model.config().text().headDim());
      profiles.forEach((arithmetic, profile) -> {
        RunSettings settings = new RunSettings(profile, options.generation().remedy(), true);
        RunRecorder recorder = new RunRecorder(settings, edge);
        if (running.isEmpty()) {
          Observed first = new Observed(settings, generation(), recorder, stages.first());
          running.add(new Running(arithmetic, first, Optional.empty()));
        } else {
          StageComparison.Other other = stages.other();
          Observed next = new Observed(settings, generation(), recorder, other);
          running.add(new Running(arithmetic, next, Optional.of(other)));
        }
      });
      new ObservedRuns(model, prompt, options.listener(), this::progress)
          .run(
              running.stream().map(Running::observed).toList(),
              (run, outcome) -> outcomes.put(run.settings(), outcome));
      return comparison(model, running);
    }
  }

  private void progress(String next) {
    options.listener().begins(outcomes.size(), profiles.size(), next);
  }

  private ArithmeticComparison comparison(Qwen2Vl model, List<Running> running) {
    RunRecorder any = running.getFirst().observed().recorder();
    int pictures = prompt.images().size();
    TokenDescriber describer = new TokenDescriber(model.tokenizer(), model.config());
    Patches patches = Patches.of(any.grids(), pictures, model.config().vision().spatialMergeSize());
    Outcome first = outcome(running.getFirst());
    Map<Accumulation, ArithmeticRun> runs = new LinkedHashMap<>();
    for (Running one : running) {
      RunRecorder recorder = one.observed().recorder();
      List<SequenceToken> tokens =
          describer.describe(recorder.ids(), recorder.grids(), pictures, recorder.tokens());
      runs.put(one.arithmetic(), run(one, new RowPlaces(tokens, any.ids().length, patches), first));
    }
    return new ArithmeticComparison(
        files.name(),
        common,
        seed(),
        any.ids().length,
        describer.describe(any.ids(), any.grids(), pictures, List.of()),
        patches,
        arithmetics.stream()
            .map(a ->
                new ArithmeticReport(
                    a, Optional.ofNullable(missing.get(a)), Optional.ofNullable(runs.get(a))))
            .toList());
  }

  private Outcome outcome(Running running) {
    return outcomes.get(running.observed().settings());
  }

  private ArithmeticRun run(Running running, RowPlaces places, Outcome first) {
    RunRecorder recorder = running.observed().recorder();
    return new ArithmeticRun(
        outcome(running),
        recorder.firstOverflow(),
        recorder.sums().first(places),
        recorder.sums().counts(),
        recorder.counts(),
        recorder.spread().pass(),
        recorder.spread().rows().stream().filter(rows -> rows.nanRows() > 0).findFirst(),
        running.stages().map(StageComparison.Other::differences).orElse(List.of()),
        outcome(running).firstDifference(first));
  }

  private GenerationOptions generation() {
    return options.generation().check(false).sample(seed());
  }

  private long seed() {
    return options.generation().seed().orElse(0);
  }
}
