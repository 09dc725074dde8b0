package dev.loupe.engine.diagnose;

/** What a remedy does to a prompt, by rule; the first that applies. */
public enum Verdict {
  DOES_NOT_HELP("does not help", "a token still cannot be drawn"),
  HIDES(
      "hides",
      "no error, but logits were not finite, or the tokens are right although scores overflowed or"
          + " were replaced"),
  CHANGES_ANSWER("changes the answer", "finite logits, other tokens than float32"),
  CURES("cures", "nothing overflowed, nothing was replaced, the tokens of float32");

  private final String words;
  private final String rule;

  Verdict(String words, String rule) {
    this.words = words;
    this.rule = rule;
  }

  /**
   * The verdict on a run.
   *
   * @param sameTokens whether it gave the tokens of float32
   */
  static Verdict of(Outcome outcome, boolean sameTokens) {
    if (outcome.failed()) {
      return DOES_NOT_HELP;
    }
    if (outcome.badTokens() > 0) {
      return HIDES;
    }
    if (!sameTokens) {
      return CHANGES_ANSWER;
    }
    return outcome.clean() ? CURES : HIDES;
  }

  /** When it is given. */
  public String rule() {
    return rule;
  }

  /** For people and JSON: {@code changes the answer}. */
  @Override
  public String toString() {
    return words;
  }
}
