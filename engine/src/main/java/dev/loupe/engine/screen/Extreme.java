package dev.loupe.engine.screen;

/**
 * The largest number of a place.
 *
 * @param site the place
 * @param magnitude of the number, before rounding where the operation rounds at its end; infinite
 *     or NaN if no number came
 * @param limit the least magnitude that leaves the range; infinite where a remedy takes care of
 *     larger numbers
 * @param picture of whose run it is
 * @param at which token, or patch of the picture, in words
 */
public record Extreme(Site site, float magnitude, float limit, String picture, String at) {

  /**
   * The magnitude as a share of the limit: from 1 on it is out of range. NaN counts as infinite.
   */
  public double share() {
    return Limit.share(magnitude, limit);
  }

  /** By what factor the number may grow before it leaves the range; infinite if it is 0. */
  public double margin() {
    return 1 / share();
  }
}
