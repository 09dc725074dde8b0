package dev.loupe.engine.screen;

import dev.loupe.tensor.numerics.NumericsProfile;
import java.util.List;
import java.util.Optional;

/**
 * What the pictures say of an arithmetic.
 *
 * @param profile the arithmetic
 * @param screened how many pictures were run
 * @param overflowed in how many of them a number left the range
 * @param unanswered how many of them got no answer
 * @param first the first picture, in the order of the list, that failed
 * @param extremes the largest number of every place, the tower before the decoder
 * @param growth how the margin became narrower with the number of pictures
 */
public record ProfileReport(
    NumericsProfile profile,
    int screened,
    int overflowed,
    int unanswered,
    Optional<PictureScreen> first,
    List<Extreme> extremes,
    List<Growth> growth) {

  /** How many places are listed as the narrowest. */
  public static final int NARROWEST = 10;

  /**
   * The margin after some pictures.
   *
   * @param pictures how many: 1, 2, 4 and so on, and all
   * @param share the largest share of a limit in all of them
   * @param picture the first of them that came so near
   */
  public record Growth(int pictures, double share, String picture) {

    /** By what factor all numbers may grow. */
    public double margin() {
      return 1 / share;
    }
  }

  /** Copies the lists. */
  public ProfileReport {
    extremes = List.copyOf(extremes);
    growth = List.copyOf(growth);
  }

  /** The verdict; empty if no picture could be run. */
  public Optional<ScreenVerdict> verdict() {
    if (screened == 0) {
      return Optional.empty();
    }
    if (first.isPresent()) {
      return Optional.of(ScreenVerdict.FAILS);
    }
    return Optional.of(
        margin() < ScreenVerdict.NARROW_BELOW ? ScreenVerdict.NARROW : ScreenVerdict.SAFE);
  }

  /** By what factor all numbers of all pictures may grow before one leaves the range. */
  public double margin() {
    return growth.isEmpty() ? Double.POSITIVE_INFINITY : growth.getLast().margin();
  }

  /** The places that came nearest to their limit, the nearest first. */
  public List<Extreme> narrowest() {
    return extremes.stream()
        .sorted((a, b) -> Double.compare(b.share(), a.share()))
        .limit(NARROWEST)
        .toList();
  }
}
