package dev.loupe.engine.diagnose;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The outcome of one run of the prompt.
 *
 * @param profile its arithmetic
 * @param sampling what was done with bad probabilities before the draw
 * @param sampled whether tokens were drawn; otherwise the most likely one was taken
 * @param tokens the answer, up to the refusal if there is one
 * @param text what it says, without control tokens
 * @param refusal why no further token could be drawn
 * @param firstBadToken the first token of the answer, counted from 1, whose logits were not all
 *     finite
 * @param badTokens how many such tokens
 * @param overflows how many scores of the decoder's eager attention were infinite
 * @param maskedOverflows how many of them the mask was to hide
 * @param otherOverflows how many results of other operations were infinite
 * @param exposed how many scores that the mask was to hide were replaced by a visible 0
 * @param absorbed how many infinities came back finite: rows of norms, elements, scores
 */
public record Outcome(
    NumericsProfile profile,
    SamplingRemedy sampling,
    boolean sampled,
    List<Integer> tokens,
    String text,
    Optional<Refusal> refusal,
    OptionalInt firstBadToken,
    int badTokens,
    long overflows,
    long maskedOverflows,
    long otherOverflows,
    long exposed,
    long absorbed) {

  /** Copies the tokens. */
  public Outcome {
    tokens = List.copyOf(tokens);
  }

  /** Whether a token could not be drawn. */
  public boolean failed() {
    return refusal.isPresent();
  }

  /** Whether all numbers stayed within the range of their type, and none was replaced. */
  public boolean clean() {
    return badTokens == 0 && overflows == 0 && otherOverflows == 0 && exposed == 0 && absorbed == 0;
  }

  /** The first token, counted from 1, in which both answers differ; empty if they are equal. */
  public OptionalInt firstDifference(Outcome other) {
    int common = Math.min(tokens.size(), other.tokens.size());
    for (int i = 0; i < common; i++) {
      if (!tokens.get(i).equals(other.tokens.get(i))) {
        return OptionalInt.of(i + 1);
      }
    }
    return tokens.size() == other.tokens.size() ? OptionalInt.empty() : OptionalInt.of(common + 1);
  }
}
