package dev.loupe.engine.screen;

import dev.loupe.engine.diagnose.PromptInputs;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.OperationId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The largest numbers in the run of one picture, up to the first that leaves the range: what comes
 * after that is infinite or NaN because of it. One thread.
 */
final class PictureWatch {
  private final NumericsProfile profile;
  private final Map<OperationId, Peak> operations = new LinkedHashMap<>();
  private final Map<OperationId, List<Peak>> scores = new LinkedHashMap<>();
  private final PromptInputs inputs = new PromptInputs();
  private Optional<Peak> overflow = Optional.empty();
  private int pass;

  /** The largest number of a place so far, and where it is. */
  static final class Peak {
    private final Site site;
    private final float limit;
    private float magnitude = -1;
    private int pass;
    private int row;
    private int rows;
    private Optional<ExtremeScore> score = Optional.empty();

    private Peak(Site site, float limit) {
      this.site = site;
      this.limit = limit;
    }

    Site site() {
      return site;
    }

    float limit() {
      return limit;
    }

    float magnitude() {
      return magnitude;
    }

    double share() {
      return Limit.share(magnitude, limit);
    }

    /** The number of tokens that were chosen before. */
    int pass() {
      return pass;
    }

    /** The row of the result. */
    int row() {
      return row;
    }

    /** How many rows it had. */
    int rows() {
      return rows;
    }

    /** The score itself, if it is one. */
    Optional<ExtremeScore> score() {
      return score;
    }

    private boolean isPassedBy(float other) {
      return Float.compare(other, magnitude) > 0;
    }

    /** An infinity that a remedy replaces is none. */
    private boolean outOfRange() {
      return limit < Float.POSITIVE_INFINITY ? !(magnitude < limit) : Float.isNaN(magnitude);
    }
  }

  PictureWatch(NumericsProfile profile) {
    this.profile = profile;
  }

  PromptInputs inputs() {
    return inputs;
  }

  /** Another token was chosen, and the model runs on it. */
  void nextPass() {
    pass++;
  }

  /**
   * An operation has ended.
   *
   * @param largest of each row
   * @param from the first row of this picture
   * @param to after its last row
   */
  void operation(OperationId operation, float[] largest, int from, int to) {
    if (overflow.isPresent()) {
      return;
    }
    int row = from;
    for (int i = from + 1; i < to; i++) {
      row = Float.compare(largest[i], largest[row]) > 0 ? i : row;
    }
    Peak peak =
        operations.computeIfAbsent(
            operation, o -> new Peak(new Site(o, OptionalInt.empty()), Limit.of(profile, o)));
    if (peak.isPassedBy(largest[row])) {
      peak.magnitude = largest[row];
      peak.pass = pass;
      peak.row = row - from;
      peak.rows = to - from;
      stopAt(peak);
    }
  }

  /** The scores of a layer were computed; these are the largest of its heads. */
  void scores(OperationId operation, List<ExtremeScore> ofHeads) {
    if (overflow.isPresent()) {
      return;
    }
    List<Peak> peaks =
        scores.computeIfAbsent(
            operation,
            o ->
                ofHeads.stream()
                    .map(s -> new Site(o, OptionalInt.of(s.head())))
                    .map(site -> new Peak(site, Limit.of(profile, o)))
                    .toList());
    for (int head = 0; head < peaks.size(); head++) {
      Peak peak = peaks.get(head);
      ExtremeScore score = ofHeads.get(head);
      if (peak.isPassedBy(Math.abs(score.value()))) {
        peak.magnitude = Math.abs(score.value());
        peak.pass = pass;
        peak.score = Optional.of(score);
        stopAt(peak);
      }
    }
  }

  private void stopAt(Peak peak) {
    if (overflow.isEmpty() && peak.outOfRange()) {
      overflow = Optional.of(peak);
    }
  }

  /** The first place whose numbers left the range. */
  Optional<Peak> overflow() {
    return overflow;
  }

  /** The largest number of each place. */
  List<Peak> peaks() {
    List<Peak> all = new ArrayList<>(operations.values());
    scores.values().forEach(all::addAll);
    return all;
  }
}
