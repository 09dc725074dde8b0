package dev.loupe.engine.diagnose;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.util.List;

/**
 * What to diagnose. Immutable; each method returns a changed copy.
 *
 * @param load how to load the model; its profile is the one that is diagnosed
 * @param generation the limits of pictures and answer; tokens are drawn from its seed, by its rules
 *     or those of {@code generation_config.json}, from seed 0 if it has none; its remedy belongs to
 *     what is diagnosed
 * @param remedies what to try
 * @param listener gets the progress
 * @param operands whether to keep the operands of the first failing operation, for a reproducer
 */
public record DiagnosisOptions(
    LoadOptions load,
    GenerationOptions generation,
    List<Remedy> remedies,
    DiagnosisListener listener,
    boolean operands) {

  /** Copies the remedies. */
  public DiagnosisOptions {
    remedies = List.copyOf(remedies);
  }

  /** As many tokens of the answer as {@link #defaults} looks at. */
  public static final int MAX_NEW_TOKENS = 32;

  /** Float16 with eager attention, seed 0, answers of 32 tokens, every remedy. */
  public static DiagnosisOptions defaults() {
    return new DiagnosisOptions(
        LoadOptions.defaults().profile(NumericsProfile.FLOAT16_EAGER),
        GenerationOptions.greedy().maxNewTokens(MAX_NEW_TOKENS).sample(0),
        List.of(Remedy.values()),
        DiagnosisListener.NONE,
        false);
  }

  /** Loads the model with these options. */
  public DiagnosisOptions load(LoadOptions load) {
    return new DiagnosisOptions(load, generation, remedies, listener, operands);
  }

  /** Diagnoses this arithmetic. */
  public DiagnosisOptions profile(NumericsProfile profile) {
    return load(load.profile(profile));
  }

  /** Generates with these options. */
  public DiagnosisOptions generation(GenerationOptions generation) {
    return new DiagnosisOptions(load, generation, remedies, listener, operands);
  }

  /** Tries these remedies. */
  public DiagnosisOptions remedies(List<Remedy> remedies) {
    return new DiagnosisOptions(load, generation, remedies, listener, operands);
  }

  /** Reports the progress to this listener. */
  public DiagnosisOptions listener(DiagnosisListener listener) {
    return new DiagnosisOptions(load, generation, remedies, listener, operands);
  }

  /** Keeps the operands of the first failing operation, at the cost of one more run. */
  public DiagnosisOptions operands(boolean operands) {
    return new DiagnosisOptions(load, generation, remedies, listener, operands);
  }
}
