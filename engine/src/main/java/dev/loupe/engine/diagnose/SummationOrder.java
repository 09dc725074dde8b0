package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.ExtremeScore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Whether the overflow of the prompt's pass depends on the order in which products are added, seen
 * by running it twice: first term to last, and last to first. Layers count up to the first in which
 * both runs differ, or after which there is NaN.
 *
 * @param nearest the score nearest to the threshold, on either side; empty if no layer had a number
 * @param nearestBackwards the same score summed backwards, if it comes as near
 * @param overflows how many scores overflow
 * @param overflowsBackwards how many do when summed backwards
 * @param differing scores that overflow in one order only, as they were summed in that order
 * @param compared how many scores near the threshold, or past it, were compared
 * @param largestDifference the largest difference of such a score between both orders, as a share
 *     of it: that of the order itself and of all roundings before it
 * @param edge a score no further from the threshold may fall on either side
 * @param onEdge the scores of the whole run that lie so
 * @param failsBackwards whether the logits of the first token, summed backwards, are not finite
 */
public record SummationOrder(
    Optional<ExtremeScore> nearest,
    Optional<ExtremeScore> nearestBackwards,
    long overflows,
    long overflowsBackwards,
    List<ExtremeScore> differing,
    long compared,
    double largestDifference,
    float edge,
    List<ScoreEvent> onEdge,
    boolean failsBackwards) {

  /** What the two runs say. */
  public enum Finding {
    /** Whether a score overflows depends on the order of additions. */
    ORDER_DECIDES,
    /** The same scores overflow, but the nearest is nearer than ten times what the order moved. */
    CLOSE,
    /** The same scores overflow, by margins above ten times what the order moved. */
    SETTLED
  }

  /**
   * How near the threshold the order of a sum of {@code headDim} products decides: 0.01 for 32,
   * growing with the root. Float32 steps are 1/256 there and an addition errs by up to half a step,
   * so 0.01 is about the standard deviation of the difference between two orders of 32 additions.
   */
  static float edge(int headDim) {
    return (float) (0.01 * Math.sqrt(headDim / 32.0));
  }

  /** What the rule says: margin above 10 times the largest relative difference is settled. */
  public Finding finding() {
    boolean near = onEdge.stream().anyMatch(e -> e.pass() == 0);
    if (near || !differing.isEmpty()) {
      return Finding.ORDER_DECIDES;
    }
    return nearest.isEmpty() || settled(nearest.get()) ? Finding.SETTLED : Finding.CLOSE;
  }

  /** Whether a score is farther from the threshold than ten times what the order moved. */
  public boolean settled(ExtremeScore score) {
    return Math.abs((double) score.distance()) > 10 * largestDifference * ExtremeScore.THRESHOLD;
  }

  /** Compares two runs of the same prompt. */
  static SummationOrder of(RunRecorder forwards, RunRecorder backwards, float edge) {
    NearScores one = forwards.promptScores();
    NearScores other = backwards.promptScores();
    int limit = forwards.spread().lastSoundLayer();
    List<ExtremeScore> differing = new ArrayList<>(onlyIn(one, other, limit));
    differing.addAll(onlyIn(other, one, limit));
    differing.sort(
        Comparator.comparingInt(ExtremeScore::layer)
            .thenComparingInt(ExtremeScore::head)
            .thenComparingInt(ExtremeScore::query)
            .thenComparingInt(ExtremeScore::key));
    int last = differing.isEmpty() ? limit : differing.getFirst().layer();
    differing.removeIf(s -> s.layer() > last);
    Optional<ExtremeScore> nearest = one.nearestUpTo(last);
    double[] differences =
        one.upTo(last)
            .flatMap(s -> other.at(NearScores.Site.of(s)).stream().map(o -> difference(s, o)))
            .mapToDouble(Double::doubleValue)
            .toArray();
    double largest = 0;
    for (double difference : differences) {
      largest = Math.max(largest, difference);
    }
    return new SummationOrder(
        nearest,
        nearest.flatMap(s -> other.at(NearScores.Site.of(s))),
        one.upTo(last).filter(ExtremeScore::overflows).count(),
        other.upTo(last).filter(ExtremeScore::overflows).count(),
        List.copyOf(differing),
        differences.length,
        largest,
        edge,
        List.copyOf(forwards.onEdge()),
        backwards.outcome(Optional.empty()).badTokens() > 0);
  }

  private static double difference(ExtremeScore a, ExtremeScore b) {
    return Math.abs((double) a.value() - b.value()) / Math.abs(a.value());
  }

  /** The scores that overflow in {@code a} and, as far as it is known, not in {@code b}. */
  private static List<ExtremeScore> onlyIn(NearScores a, NearScores b, int lastLayer) {
    return a.upTo(lastLayer)
        .filter(ExtremeScore::overflows)
        .filter(s -> b.at(NearScores.Site.of(s)).map(o -> !o.overflows()).orElse(b.complete()))
        .toList();
  }
}
