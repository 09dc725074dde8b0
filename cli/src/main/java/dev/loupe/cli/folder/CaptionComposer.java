package dev.loupe.cli.folder;

/**
 * From what the model says to what is written.
 *
 * @param prefix stands before it
 * @param suffix stands behind it
 * @param existing what becomes of a caption that is there already
 * @param separator stands between that and the new one
 */
public record Wording(
    CaptionTemplate prefix, CaptionTemplate suffix, Existing existing, String separator) {

  /**
   * What is written: white space at the ends of {@code caption} is not.
   *
   * @param before the caption that is there already; empty if there is none
   */
  public String compose(PictureFile picture, String caption, String before) {
    String added = prefix.fill(picture, before) + caption.strip() + suffix.fill(picture, before);
    if (before.isEmpty()) {
      return added;
    }
    return switch (existing) {
      case APPEND -> before + separator + added;
      case PREPEND -> added + separator + before;
      case SKIP, OVERWRITE, FAIL -> added;
    };
  }

  /** Whether it takes the caption that is there already. */
  public boolean usesExisting() {
    return existing == Existing.APPEND
        || existing == Existing.PREPEND
        || prefix.usesExisting()
        || suffix.usesExisting();
  }
}
