package dev.loupe.cli.caption;

/** How captions are written. */
enum CaptionFormat {
  /** Lines on standard output. */
  TEXT,
  /** A text file for each picture. */
  TXT,
  /** A JSON object for each picture, one a line. */
  JSONL
}
