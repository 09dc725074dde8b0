package dev.loupe.engine.diagnose;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TimeEstimate;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreRemedy;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * About how long those runs of a prompt take that have the arithmetic of a GPU, which takes most of
 * the time. They share what they have in common: the tower of each arithmetic, the prompt of each
 * profile.
 */
final class RunTime {

  /** What the speed depends on. */
  private record Speed(DType compute, Accumulation accumulation) {}

  private final Qwen2Vl model;
  private final Prompt prompt;
  private final GenerationOptions generation;
  private final Map<Speed, Optional<TimeEstimate>> estimates = new HashMap<>();

  private RunTime(Qwen2Vl model, Prompt prompt, GenerationOptions generation) {
    this.model = model;
    this.prompt = prompt;
    this.generation = generation;
  }

  /** Tells the listener, if it wants to know and it is no matter of seconds. */
  static void tell(
      DiagnosisListener listener,
      Qwen2Vl model,
      Prompt prompt,
      GenerationOptions generation,
      Collection<RunSettings> runs) {
    if (listener.wantsEstimate()) {
      new RunTime(model, prompt, generation).all(runs).ifPresent(listener::expects);
    }
  }

  private Optional<Duration> all(Collection<RunSettings> runs) {
    Set<NumericsProfile> towers = new HashSet<>();
    Set<NumericsProfile> prompts = new HashSet<>();
    Duration total = Duration.ZERO;
    for (RunSettings run : runs) {
      NumericsProfile profile = run.profile();
      if (profile.accumulation().core().isEmpty()) {
        continue;
      }
      Optional<TimeEstimate> estimate =
          estimates.computeIfAbsent(
              new Speed(profile.compute(), profile.accumulation()),
              _ -> model.estimate(prompt, generation, profile));
      if (estimate.isEmpty()) {
        return Optional.empty();
      }
      TimeEstimate one = estimate.get();
      if (towers.add(profile.with(ScoreRemedy.NONE))) {
        total = total.plus(one.pictures());
      }
      if (prompts.add(profile)) {
        total = total.plus(one.prompt());
      }
      int tokens = generation.maxNewTokens().orElse(DiagnosisOptions.MAX_NEW_TOKENS);
      total = total.plus(one.token().multipliedBy(tokens));
    }
    return Optional.of(total).filter(time -> !time.isZero());
  }
}
