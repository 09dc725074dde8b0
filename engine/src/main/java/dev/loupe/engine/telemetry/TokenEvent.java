package dev.loupe.engine.telemetry;

import dev.loupe.tensor.nn.TokenDistribution;
import dev.loupe.tensor.numerics.ScorePeak;
import java.util.Optional;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A token was chosen. Off unless a recording asks for it by its name, because it costs time. */
@Name("dev.loupe.Token")
@Label("Token")
@Category("Loupe")
@Description("A token was chosen from these numbers.")
@Enabled(false)
@StackTrace(false)
public final class TokenEvent extends Event {
  @Label("Token of the Answer, from 0")
  int step;

  @Label("Token, -1 if None Could Be Chosen")
  int token;

  @Label("Sum of the Probabilities")
  double sum;

  @Label("Probabilities That Are 0")
  int zeros;

  @Label("Probabilities That Are Subnormal")
  int subnormals;

  @Label("Logits That Are Inf or NaN")
  int nonFinite;

  @Label("Entropy in Nats")
  double entropy;

  @Label("Largest Logit")
  float largestLogit;

  @Label("Distance of the Two Largest Logits in Steps of the Type")
  double marginSteps;

  @Label("Largest Eager Float16 Score So Far, -1 if There Is None")
  float largestScore;

  @Label("Attention of That Score")
  String scorePlace;

  @Label("Warning")
  String warning;

  /** Whether a recording wants these events. */
  public static boolean isOn() {
    return new TokenEvent().isEnabled();
  }

  /** It happened now. */
  public static void happened(
      int step, int token, TokenDistribution read, Optional<ScorePeak> peak, String warning) {
    TokenEvent event = new TokenEvent();
    event.step = step;
    event.token = token;
    event.sum = read.sum();
    event.zeros = read.zeros();
    event.subnormals = read.subnormals();
    event.nonFinite = read.nonFinite();
    event.entropy = read.entropy();
    event.largestLogit = read.largest();
    event.marginSteps = read.margin();
    event.largestScore = peak.map(ScorePeak::value).orElse(-1f);
    event.scorePlace = peak.map(score -> score.attention().toString()).orElse("");
    event.warning = warning;
    event.commit();
  }
}
