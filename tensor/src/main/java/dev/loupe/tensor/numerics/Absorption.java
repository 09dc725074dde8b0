package dev.loupe.tensor.numerics;

/** How an infinity came back finite. */
public enum Absorption {

  /** All numbers of a row are finite, the sum of their squares is not: a norm multiplies by 0. */
  SUM_OF_SQUARES(
      "sum of squares",
      "the squares of the row add up to infinity, so the norm multiplies the whole row by 0"),

  /** A row holds an infinity, so a norm multiplies by 0: the others become 0, infinity NaN. */
  INFINITE_ROW(
      "infinite row",
      "the row holds an infinity, so the norm multiplies it by 0: what was finite becomes 0"),

  /** {@code 1.702 x} of QuickGELU overflows; the sigmoid of infinity is 0 or 1. */
  SIGMOID(
      "sigmoid", "1.702 times the element is infinite, and the sigmoid makes 0 or 1 of infinity"),

  /** A score of -infinity whose key the mask hides anyway. */
  MASK("mask", "the score is -infinity, and the mask hides its key: the weight is 0 anyway"),

  /** A score of -infinity whose key is visible: {@code exp(-infinity)} is 0. */
  SOFTMAX("softmax", "the score is -infinity, so the softmax gives the visible key the weight 0"),

  /** An infinite score that {@link ScoreRemedy#CLAMP} cuts. */
  CLAMP("clamp", "the remedy cuts the infinite score at 64504"),

  /** An infinite score that {@link ScoreRemedy#INF_TO_ZERO} replaces. */
  REPLACEMENT("replacement", "the remedy puts 0 in the place of the infinite score");

  private final String words;
  private final String explanation;

  Absorption(String words, String explanation) {
    this.words = words;
    this.explanation = explanation;
  }

  /** The same where the mask hides the score: it is the mask that makes it harmless. */
  public Absorption ofHidden() {
    return this == SOFTMAX ? MASK : this;
  }

  /** What happened, in a sentence without a full stop. */
  public String explanation() {
    return explanation;
  }

  /** For people and JSON: {@code sum of squares}. */
  @Override
  public String toString() {
    return words;
  }
}
