package dev.loupe.tokenizer;

/** A part of a message: text, or the place of a picture or a clip. */
public sealed interface ContentPart {
  /** The place of a picture. */
  ContentPart IMAGE = new Image();

  /** The place of a clip. */
  ContentPart VIDEO = new Video();

  /** Text, used as it is, without trimming. */
  static ContentPart text(String text) {
    return new Text(text);
  }

  /** Text. */
  record Text(String text) implements ContentPart {}

  /** The place of a picture; the pictures themselves are handed to the model in the same order. */
  record Image() implements ContentPart {}

  /** The place of a clip; the clips themselves are handed to the model in the same order. */
  record Video() implements ContentPart {}
}
