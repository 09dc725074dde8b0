package dev.loupe.cli.folder;

/** What to do with a picture that has a caption already. */
public enum ExistingPolicy {
  /** Keep the caption and skip the picture. */
  SKIP,
  /** Replace it with the new caption. */
  OVERWRITE,
  /** Write the new caption after it. */
  APPEND,
  /** Write the new caption before it. */
  PREPEND,
  /** Fail before anything is written. */
  FAIL
}
