package dev.loupe.engine.screen;

import java.util.List;
import java.util.Optional;

/**
 * What the run of one picture came to.
 *
 * @param picture its name
 * @param share the largest share of a limit, of all places
 * @param overflow the first place whose numbers left the range; what follows it is not watched
 * @param error why there is no answer
 * @param tokens how many the answer has
 * @param extremes those that no other picture had passed at that time
 */
public record PictureScreen(
    String picture,
    double share,
    Optional<Extreme> overflow,
    Optional<String> error,
    int tokens,
    List<Extreme> extremes) {

  /** Copies the list. */
  public PictureScreen {
    extremes = List.copyOf(extremes);
  }

  /** The same without what depends on the pictures before. */
  PictureScreen withoutExtremes() {
    return new PictureScreen(picture, share, overflow, error, tokens, List.of());
  }

  /** Whether the arithmetic failed on it. */
  public boolean fails() {
    return overflow.isPresent() || error.isPresent();
  }
}
