package dev.loupe.engine.diagnose;

import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.Variant;
import dev.loupe.engine.VariantListener;
import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.ScoreRemedy;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Answers a prompt in several ways, each watched by a recorder.
 *
 * @param model the weights
 * @param prompt of all
 * @param listener is told how far a part is
 * @param begins is told which part begins, for people
 */
record ObservedRuns(
    Qwen2Vl model, Prompt prompt, DiagnosisListener listener, Consumer<String> begins) {

  /**
   * A run.
   *
   * @param settings its arithmetic
   * @param generation how to answer
   * @param recorder watches it
   * @param also watches it as well; {@link NumericsTrace#NONE} for nobody
   */
  record Observed(
      RunSettings settings,
      GenerationOptions generation,
      RunRecorder recorder,
      NumericsTrace also) {}

  /** Is told that a run has ended. */
  @FunctionalInterface
  interface Ended {
    void ended(Observed run, Outcome outcome);
  }

  /** Answers; an exception other than a refused draw ends all. */
  void run(List<Observed> runs, Ended ended) {
    Map<Variant, Observed> variants = new IdentityHashMap<>();
    List<Variant> inOrder = new ArrayList<>();
    for (Observed run : runs) {
      NumericsTrace progress =
          new PassProgress(listener, model.config(), run.generation.maxNewTokens().orElse(0));
      NumericsTrace trace = NumericsTrace.all(List.of(run.recorder, run.also, progress));
      Variant variant = new Variant(run.settings.profile(), run.generation, run.recorder, trace);
      variants.put(variant, run);
      inOrder.add(variant);
    }
    model.generateVariants(
        prompt,
        inOrder,
        new VariantListener() {
          @Override
          public void begins(Part part, List<Variant> together) {
            begins.accept(described(part, together));
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
            int token = variants.get(variant).recorder.tokens().size() + 1;
            ended(variant, Optional.of(Refusal.of(token, refused)));
          }

          private void ended(Variant variant, Optional<Refusal> refusal) {
            Observed run = variants.get(variant);
            ended.ended(run, run.recorder.outcome(refusal));
          }
        });
  }

  private static String described(VariantListener.Part part, List<Variant> together) {
    NumericsProfile profile = together.getFirst().profile();
    return switch (part) {
      case PICTURES -> profile.with(ScoreRemedy.NONE) + ": pictures";
      case PROMPT -> profile + ": prompt";
      case ANSWER -> profile + ": answer";
    };
  }
}
