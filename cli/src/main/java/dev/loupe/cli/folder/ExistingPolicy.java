package dev.loupe.cli.folder;

/** What becomes of a caption that is there already. */
public enum Existing {
  /** It stays, and the picture is passed over. */
  SKIP,
  /** The new one takes its place. */
  OVERWRITE,
  /** The new one is put behind it. */
  APPEND,
  /** The new one is put before it. */
  PREPEND,
  /** Nothing is done at all if there is one. */
  FAIL
}
