package dev.loupe.cli.folder;

/**
 * Makes the text that is written from the model's caption.
 *
 * @param prefix text before the caption
 * @param suffix text after the caption
 * @param existing what to do with an existing caption
 * @param separator text between the existing caption and the new one
 */
public record CaptionComposer(
    CaptionTemplate prefix, CaptionTemplate suffix, ExistingPolicy existing, String separator) {

  /**
   * The text to write. White space at the ends of {@code caption} is removed.
   *
   * @param existingCaption the existing caption; empty if there is none
   */
  public String compose(PictureFile picture, String caption, String existingCaption) {
    String added =
        prefix.fill(picture, existingCaption)
            + caption.strip()
            + suffix.fill(picture, existingCaption);
    if (existingCaption.isEmpty()) {
      return added;
    }
    return switch (existing) {
      case APPEND -> existingCaption + separator + added;
      case PREPEND -> added + separator + existingCaption;
      case SKIP, OVERWRITE, FAIL -> added;
    };
  }

  /** Whether the text is the caption, and nothing else. */
  public boolean isPlain() {
    return prefix.toString().isEmpty() && suffix.toString().isEmpty() && !usesExisting();
  }

  /** Whether the text depends on the existing caption. */
  public boolean usesExisting() {
    return existing == ExistingPolicy.APPEND
        || existing == ExistingPolicy.PREPEND
        || prefix.usesExisting()
        || suffix.usesExisting();
  }
}
