package dev.loupe.engine.screen;

import dev.loupe.engine.screen.ProfileReport.Growth;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of an arithmetic so far. Pictures may come in any order, and from an interrupted
 * run ({@link #restore}): the report is that of the order of the list. It keeps the extremes of
 * each place, and a number for each picture. One thread.
 */
public final class Screening {
  private final NumericsProfile profile;
  private final List<String> pictures;
  private final Map<String, Integer> indices = new HashMap<>();
  private final Map<Site, Best> best = new HashMap<>();

  /** The largest share of a limit, by picture; NaN where a picture was not run. */
  private final double[] shares;

  private int overflowed;
  private int unanswered;
  private int firstIndex = Integer.MAX_VALUE;
  private Optional<PictureScreen> first = Optional.empty();

  /** The extreme of a place, and whose it is. */
  private record Best(Extreme extreme, int index) {}

  /**
   * Nothing is known.
   *
   * @param pictures names of all pictures, each once
   */
  public Screening(NumericsProfile profile, List<String> pictures) {
    this.profile = profile;
    this.pictures = List.copyOf(pictures);
    this.shares = new double[pictures.size()];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Double.NaN;
      indices.put(pictures.get(i), i);
    }
  }

  /** The arithmetic. */
  public NumericsProfile profile() {
    return profile;
  }

  /** The name of a picture. */
  String name(int picture) {
    return pictures.get(picture);
  }

  /** Whether a picture was run. */
  public boolean has(int picture) {
    return !Double.isNaN(shares[picture]);
  }

  /**
   * Adds what an interrupted run knows of a picture.
   *
   * @return false, and nothing is added, if it is none of the pictures or was added before
   */
  public boolean restore(PictureScreen screen) {
    Integer index = indices.get(screen.picture());
    if (index == null || has(index)) {
      return false;
    }
    add(index, screen);
    return true;
  }

  /** Whether a number of a picture is the largest of its place so far. */
  boolean improves(int picture, Site site, float magnitude) {
    Best known = best.get(site);
    if (known == null) {
      return true;
    }
    int compared = Float.compare(magnitude, known.extreme.magnitude());
    return compared > 0 || compared == 0 && picture < known.index;
  }

  /** Adds a picture that was run. */
  void add(int picture, PictureScreen screen) {
    shares[picture] = screen.share();
    overflowed += screen.overflow().isPresent() ? 1 : 0;
    unanswered += screen.error().isPresent() ? 1 : 0;
    if (screen.fails() && picture < firstIndex) {
      firstIndex = picture;
      first = Optional.of(screen.withoutExtremes());
    }
    for (Extreme extreme : screen.extremes()) {
      if (improves(picture, extreme.site(), extreme.magnitude())) {
        best.put(extreme.site(), new Best(extreme, picture));
      }
    }
  }

  /** What is known. */
  public ProfileReport report() {
    List<Growth> growth = growth();
    List<Extreme> extremes =
        best.values().stream()
            .map(Best::extreme)
            .sorted((a, b) -> Site.ORDER.compare(a.site(), b.site()))
            .toList();
    int screened = growth.isEmpty() ? 0 : growth.getLast().pictures();
    return new ProfileReport(profile, screened, overflowed, unanswered, first, extremes, growth);
  }

  private List<Growth> growth() {
    List<Growth> growth = new ArrayList<>();
    int count = 0;
    int nearest = -1;
    for (int i = 0; i < shares.length; i++) {
      if (has(i)) {
        count++;
        nearest = nearest < 0 || shares[i] > shares[nearest] ? i : nearest;
        if (Integer.bitCount(count) == 1) {
          growth.add(new Growth(count, shares[nearest], pictures.get(nearest)));
        }
      }
    }
    if (count > 0 && Integer.bitCount(count) != 1) {
      growth.add(new Growth(count, shares[nearest], pictures.get(nearest)));
    }
    return growth;
  }
}
