package dev.loupe.engine.diagnose;

import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.Variant;
import dev.loupe.engine.VariantListener;
import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.nn.WeightConversion;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/** Runs a prompt in every way and draws the conclusions. One use. */
final class Examination {

  /** As many operations near the end of the range as are worth reading. */
  private static final int LARGEST = 5;

  private final ModelFiles files;
  private final Prompt prompt;
  private final DiagnosisOptions options;
  private final Setting diagnosed;
  private final Set<Setting> settings = new LinkedHashSet<>();
  private final Map<Setting, Run> runs = new LinkedHashMap<>();
  private Optional<Subject> subject = Optional.empty();

  /** What is kept of a run. */
  private record Run(Outcome outcome, float[] promptLogits) {}

  /** What is kept of the run that is diagnosed. */
  private record Subject(
      RunRecorder recorder,
      WeightConversion weights,
      List<TokenPlace> places,
      Optional<SummationOrder> order) {}

  Examination(ModelFiles files, Prompt prompt, DiagnosisOptions options) {
    this.files = files;
    this.prompt = prompt;
    this.options = options;
    this.diagnosed = new Setting(options.load().profile(), options.generation().remedy(), true);
    settings.add(diagnosed);
    settings.add(Setting.of(NumericsProfile.FLOAT32));
    settings.add(Remedy.GREEDY.setting(diagnosed.profile()));
    for (Remedy remedy : options.remedies()) {
      settings.add(remedy.setting(diagnosed.profile()));
      settings.add(remedy.setting(diagnosed.profile()).reference());
    }
  }

  Diagnosis diagnosis() throws IOException {
    // Float16 comes last: what it frees may stay with the process, and the others map one file.
    for (DType compute : List.of(DType.F32, DType.BF16, DType.F16)) {
      List<Setting> of = settings.stream().filter(s -> s.profile().compute() == compute).toList();
      if (!of.isEmpty()) {
        runAll(of);
      }
    }
    return report(subject.orElseThrow());
  }

  /** Runs the settings of one compute type. */
  private void runAll(List<Setting> mine) throws IOException {
    LoadOptions load = options.load().profile(mine.getFirst().profile());
    progress("loading " + load.profile().computeName() + " weights");
    try (Qwen2Vl model = Qwen2Vl.load(files, load)) {
      float edge = SummationOrder.edge(model.config().text().headDim());
      Map<Setting, RunRecorder> recorders = new LinkedHashMap<>();
      mine.forEach(setting -> recorders.put(setting, new RunRecorder(setting, edge)));
      run(model, recorders);
      if (recorders.containsKey(diagnosed)) {
        subject = Optional.of(subject(model, recorders.get(diagnosed), edge));
      }
    }
  }

  private void run(Qwen2Vl model, Map<Setting, RunRecorder> recorders) {
    Map<Variant, Setting> variants = new IdentityHashMap<>();
    List<Variant> inOrder = new ArrayList<>();
    recorders.forEach((setting, recorder) -> {
      Variant variant = new Variant(setting.profile(), generation(setting), recorder, recorder);
      variants.put(variant, setting);
      inOrder.add(variant);
    });
    model.generateVariants(
        prompt,
        inOrder,
        new VariantListener() {
          @Override
          public void begins(Part part, List<Variant> together) {
            progress(described(part, together));
          }

          @Override
          public void completed(Variant variant, Generation answer) {
            ended(variant, Optional.empty());
          }

          @Override
          public void failed(Variant variant, RuntimeException reason) {
            if (!(reason instanceof InvalidDistributionException refused)) {
              throw reason;
            }
            int token = recorders.get(variants.get(variant)).tokens().size() + 1;
            ended(variant, Optional.of(Refusal.of(token, refused)));
          }

          private void ended(Variant variant, Optional<Refusal> refusal) {
            Setting setting = variants.get(variant);
            RunRecorder recorder = recorders.get(setting);
            runs.put(setting, new Run(recorder.outcome(refusal), recorder.promptLogits()));
          }
        });
  }

  private void progress(String next) {
    int backwards = diagnosed.float16Scores() ? 1 : 0;
    options.listener().begins(runs.size(), settings.size() + backwards, next);
  }

  private static String described(VariantListener.Part part, List<Variant> together) {
    NumericsProfile profile = together.getFirst().profile();
    return switch (part) {
      case PICTURES -> profile.with(ScoreRemedy.NONE) + ": pictures";
      case PROMPT -> profile + ": prompt";
      case ANSWER -> profile + ": answer";
    };
  }

  private GenerationOptions generation(Setting setting) {
    GenerationOptions given = options.generation().remedy(setting.remedy()).check(false);
    return setting.sampled() ? given.sample(seed()) : given.withoutSampling();
  }

  private long seed() {
    return options.generation().seed().orElse(0);
  }

  private Subject subject(Qwen2Vl model, RunRecorder recorder, float edge) {
    List<TokenPlace> places =
        new Sequence(model.tokenizer(), model.config())
            .places(recorder.ids(), recorder.grids(), prompt.images().size(), recorder.tokens());
    Optional<SummationOrder> order =
        diagnosed.float16Scores() ? Optional.of(order(model, recorder, edge)) : Optional.empty();
    return new Subject(recorder, model.weightConversion(), places, order);
  }

  private SummationOrder order(Qwen2Vl model, RunRecorder forwards, float edge) {
    progress(diagnosed.profile() + ": backwards");
    RunRecorder backwards = new RunRecorder(diagnosed, edge);
    Setting greedy = new Setting(diagnosed.profile(), diagnosed.remedy(), false);
    model
        .with(diagnosed.profile().with(Accumulation.DESCENDING))
        .generate(prompt, generation(greedy).maxNewTokens(1), backwards, backwards);
    return SummationOrder.of(forwards, backwards, edge);
  }

  private Diagnosis report(Subject of) {
    RunRecorder recorder = of.recorder();
    Run reference = runs.get(Setting.of(NumericsProfile.FLOAT32));
    List<RemedyReport> remedies = new ArrayList<>();
    for (Remedy remedy : options.remedies()) {
      Setting setting = remedy.setting(diagnosed.profile());
      remedies.add(report(remedy, runs.get(setting), runs.get(setting.reference())));
    }
    return new Diagnosis(
        files.name(),
        diagnosed.profile(),
        seed(),
        of.weights(),
        recorder.ids().length,
        of.places(),
        runs.get(diagnosed).outcome(),
        runs.get(Remedy.GREEDY.setting(diagnosed.profile())).outcome(),
        reference.outcome(),
        recorder.firstOverflow(),
        diagnosed.float16Scores() ? recorder.overflowing() : List.of(),
        recorder.counts(),
        recorder.spread().pass(),
        recorder.spread().rows(),
        largest(recorder.ranges()),
        Underflow.of(recorder.ranges()),
        of.order(),
        remedies);
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
        Verdict.of(run.outcome(), different.isEmpty()));
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
