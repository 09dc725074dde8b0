package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.ExtremeScore;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The scores of one pass that overflow or come within {@link ExtremeScore#NEAR} of it, by layer,
 * head, query and key, for a comparison with another run.
 */
final class NearScores {

  /** How many scores are kept, about 30 MB: those of the first layers, which decide. */
  private static final int KEPT = 1 << 18;

  /** The position of a score. */
  record Site(int layer, int head, int query, int key) {
    static Site of(ExtremeScore s) {
      return new Site(s.layer(), s.head(), s.query(), s.key());
    }
  }

  private final Map<Site, ExtremeScore> scores = new HashMap<>();
  private final Map<Integer, ExtremeScore> nearestByLayer = new TreeMap<>();
  private boolean complete = true;

  void add(ExtremeScore score) {
    if (scores.size() < KEPT) {
      scores.put(Site.of(score), score);
    } else {
      complete = false;
    }
  }

  void nearest(ExtremeScore score) {
    nearestByLayer.put(score.layer(), score);
  }

  /** Whether all are kept. */
  boolean complete() {
    return complete;
  }

  /** Those that are kept, of the layers up to {@code lastLayer}. */
  Stream<ExtremeScore> upTo(int lastLayer) {
    return scores.values().stream().filter(s -> s.layer() <= lastLayer);
  }

  /** The score at a position, if it is kept. */
  Optional<ExtremeScore> at(Site site) {
    return Optional.ofNullable(scores.get(site));
  }

  /** The score nearest to the threshold, of the layers up to {@code lastLayer}. */
  Optional<ExtremeScore> nearestUpTo(int lastLayer) {
    return nearestByLayer.values().stream()
        .filter(s -> s.layer() <= lastLayer)
        .min((a, b) -> Float.compare(Math.abs(a.distance()), Math.abs(b.distance())));
  }
}
