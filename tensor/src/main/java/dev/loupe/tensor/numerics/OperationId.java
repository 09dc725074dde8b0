package dev.loupe.tensor.numerics;

/**
 * An operation of a model.
 *
 * @param module where it is computed
 * @param step what it computes there
 */
public record OperationId(ModuleId module, Step step) {

  /** The part of the model. */
  public Part part() {
    return module.part();
  }

  /** Whether these are scores of which single ones are shown: {@link NumericsTrace#overflow}. */
  public boolean isDecoderScores() {
    return step == Step.SCORES && part() == Part.DECODER;
  }

  /** The name for files and people: {@code model.layers.3.self_attn.scores}. */
  @Override
  public String toString() {
    return module.name() + step.suffix();
  }
}
