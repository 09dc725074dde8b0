package dev.loupe.engine.sampling;

import java.util.List;

/**
 * How tokens are chosen; the names are those of {@code generation_config.json}.
 *
 * <p>A neutral value switches the processor off, as in transformers: {@code repetitionPenalty} 1,
 * {@code minNewTokens} 0, {@code temperature} 1, {@code topK} 0, {@code topP} 1, {@code minP} 0.
 * The last four act only where {@code doSample} is set. Values out of range are refused when the
 * {@link LogitsPipeline} is built.
 *
 * @param doSample draw from the distribution; otherwise the most likely token is taken
 * @param repetitionPenalty see {@link RepetitionPenalty}
 * @param minNewTokens see {@link MinNewTokens}
 * @param removeInvalidValues see {@link RemoveInvalidValues}
 * @param temperature see {@link Temperature}
 * @param topK see {@link TopK}; absent from the file it is 50
 * @param topP see {@link TopP}
 * @param minP see {@link MinP}
 * @param ties the order among equal scores that {@link TopP} cuts between
 */
public record SamplingSettings(
    boolean doSample,
    double repetitionPenalty,
    int minNewTokens,
    boolean removeInvalidValues,
    double temperature,
    int topK,
    double topP,
    double minP,
    TiePolicy ties) {

  /** transformers' values for a file that names none of them: no sampling, top_k 50. */
  public static SamplingSettings defaults() {
    return new SamplingSettings(false, 1, 0, false, 1, 50, 1, 0, TiePolicy.TORCH_CPU);
  }

  /**
   * Checks every value, also of what is switched off by {@code doSample}.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public void requireRanges() {
    LogitsPipeline.of(doSample(true), 0, List.of());
  }

  /**
   * The same with sampling on or off; {@code do_sample=False} leaves the repetition penalty active.
   */
  public SamplingSettings doSample(boolean doSample) {
    return toBuilder().doSample(doSample).build();
  }

  /** These settings, to change some of them. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Makes settings; each method sets one value, which {@link #requireRanges} checks. */
  public static final class Builder {
    private boolean doSample;
    private double repetitionPenalty;
    private int minNewTokens;
    private boolean removeInvalidValues;
    private double temperature;
    private int topK;
    private double topP;
    private double minP;
    private final TiePolicy ties;

    private Builder(SamplingSettings from) {
      doSample = from.doSample;
      repetitionPenalty = from.repetitionPenalty;
      minNewTokens = from.minNewTokens;
      removeInvalidValues = from.removeInvalidValues;
      temperature = from.temperature;
      topK = from.topK;
      topP = from.topP;
      minP = from.minP;
      ties = from.ties;
    }

    /** See {@link SamplingSettings#doSample()}. */
    public Builder doSample(boolean on) {
      doSample = on;
      return this;
    }

    /** See {@link RepetitionPenalty}. */
    public Builder repetitionPenalty(double penalty) {
      repetitionPenalty = penalty;
      return this;
    }

    /** See {@link MinNewTokens}. */
    public Builder minNewTokens(int tokens) {
      minNewTokens = tokens;
      return this;
    }

    /** See {@link RemoveInvalidValues}. */
    public Builder removeInvalidValues(boolean on) {
      removeInvalidValues = on;
      return this;
    }

    /** See {@link Temperature}. */
    public Builder temperature(double value) {
      temperature = value;
      return this;
    }

    /** See {@link TopK}. */
    public Builder topK(int k) {
      topK = k;
      return this;
    }

    /** See {@link TopP}. */
    public Builder topP(double p) {
      topP = p;
      return this;
    }

    /** See {@link MinP}. */
    public Builder minP(double p) {
      minP = p;
      return this;
    }

    /** The settings. */
    public SamplingSettings build() {
      return new SamplingSettings(
          doSample,
          repetitionPenalty,
          minNewTokens,
          removeInvalidValues,
          temperature,
          topK,
          topP,
          minP,
          ties);
    }
  }
}
