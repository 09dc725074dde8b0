package dev.loupe.engine;

import dev.loupe.engine.telemetry.TokenEvent;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.TokenDistribution;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.ScorePeak;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Reads the numbers behind each token of one answer, in normal use: whether the distribution is
 * valid, how close the choice was, and how near attention came to the end of float16. One use.
 *
 * <pre>{@code
 * model.generate(prompt, options, listener.watchedBy(new TokenMonitor(System.out::println)));
 * }</pre>
 */
public final class TokenMonitor implements AnswerWatch {

  /** Warns where less than this share of float16's range is left. */
  public static final double DEFAULT_MARGIN = 0.05;

  private final double margin;
  private final Consumer<TokenReading> out;
  private Optional<ScorePeak> peak = Optional.empty();
  private Optional<ScorePeak> warned = Optional.empty();
  private boolean warnedOfLogits;
  private boolean half;
  private TokenDistribution distribution;
  private int step;

  /** A monitor that warns at {@link #DEFAULT_MARGIN}. */
  public TokenMonitor(Consumer<TokenReading> out) {
    this(DEFAULT_MARGIN, out);
  }

  /**
   * A monitor of an answer that has not begun.
   *
   * @param margin warns where less than this share of float16's range is left to a score or to the
   *     largest logit; 0 warns of overflow only
   * @param out gets each reading, on the thread that computes
   */
  public TokenMonitor(double margin, Consumer<TokenReading> out) {
    if (!(margin >= 0 && margin <= 1)) {
      throw new IllegalArgumentException("margin: expected 0 to 1, found " + margin);
    }
    this.margin = margin;
    this.out = out;
  }

  /** A watch, and a monitor that writes events if a recording wants them. */
  static AnswerWatch withEvents(AnswerWatch watch) {
    return TokenEvent.isOn()
        ? AnswerWatch.all(List.of(watch, new TokenMonitor(TokenMonitor::write)))
        : watch;
  }

  private static void write(TokenReading reading) {
    TokenEvent.happened(
        reading.step(),
        reading.token().orElse(-1),
        reading.distribution(),
        reading.peak(),
        reading.warning().orElse(""));
  }

  @Override
  public boolean wantsPeaks() {
    return true;
  }

  @Override
  public void peak(ScorePeak largest) {
    peak = Optional.of(largest);
  }

  @Override
  public void logits(Tensor logits, Workspace w) {
    distribution = TokenDistribution.of(logits, w);
    half = w.compute() == DType.F16;
  }

  @Override
  public void chosen(int token) {
    read(OptionalInt.of(token));
  }

  /** Also called if a prompt's first logits cannot be chosen from. */
  @Override
  public void failed() {
    if (distribution != null) {
      read(OptionalInt.empty());
    }
  }

  private void read(OptionalInt token) {
    TokenDistribution read = distribution;
    distribution = null;
    out.accept(new TokenReading(step++, token, read, peak, warning(read)));
  }

  /** Said again only when it grew. */
  private Optional<String> warning(TokenDistribution read) {
    if (peak.isPresent()
        && !(peak.get().margin() >= margin)
        && (warned.isEmpty() || peak.get().above(warned.get()))) {
      warned = peak;
      return Optional.of(text(peak.get()));
    }
    boolean near = half && read.largest() > (1 - margin) * ExtremeScore.THRESHOLD;
    if (warnedOfLogits || !near && read.nonFinite() == 0) {
      return Optional.empty();
    }
    warnedOfLogits = true;
    return Optional.of(
        read.nonFinite() > 0
            ? "%d of %d logits are not finite".formatted(read.nonFinite(), read.logits())
            : "the largest logit is %s, near the end of float16".formatted(read.largest()));
  }

  private static String text(ScorePeak score) {
    String place =
        "%s, head %d, query %d".formatted(score.attention(), score.head(), score.query());
    float value = score.value();
    if (!(value < Float.POSITIVE_INFINITY)) {
      return "%s: a score is %s".formatted(place, value);
    }
    return String.format(
        Locale.ROOT,
        score.margin() > 0
            ? "%s: a score of %.2f is close to %.0f, where float16 overflows"
            : "%s: a score of %.2f overflows float16, which ends below %.0f",
        place,
        value,
        ExtremeScore.THRESHOLD);
  }
}
