package dev.loupe.tokenizer;

/** A part of a message: text, or the position of a picture or a clip. */
public sealed interface ContentPart {
  /** The position of a picture. */
  ContentPart IMAGE = new Image();

  /** The position of a clip. */
  ContentPart VIDEO = new Video();

  /** Text, used as it is, without trimming. */
  static ContentPart text(String text) {
    return new Text(text);
  }

  /** Text. */
  record Text(String text) implements ContentPart {}

  /** The position of a picture; the model gets the pictures themselves in the same order. */
  record Image() implements ContentPart {}

  /** The position of a clip; the model gets the clips themselves in the same order. */
  record Video() implements ContentPart {}
}
