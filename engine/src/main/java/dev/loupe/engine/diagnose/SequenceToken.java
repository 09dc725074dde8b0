package dev.loupe.engine.diagnose;

import java.util.Locale;

/**
 * A token of the prompt or the answer.
 *
 * @param position in the sequence, counted from 0
 * @param id of the token
 * @param kind where it comes from
 * @param text what it says, or which part of which picture or clip it is
 */
public record SequenceToken(int position, int id, Kind kind, String text) {

  /** Where a token comes from. */
  public enum Kind {
    /** Text or a control token of the prompt. */
    TEXT,
    /** An embedding of a picture. */
    PICTURE,
    /** An embedding of a clip. */
    CLIP,
    /** A token that the model chose. */
    ANSWER;

    /** As it stands in JSON: {@code picture}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** For people: {@code position 4, text " user"}. */
  @Override
  public String toString() {
    return switch (kind) {
      case PICTURE, CLIP -> "position %d, %s".formatted(position, text);
      case TEXT -> "position %d, text %s".formatted(position, quoted(text));
      case ANSWER -> "position %d, %s of the answer".formatted(position, quoted(text));
    };
  }

  /** A text in quotes, its line breaks visible. */
  static String quoted(String text) {
    return '"' + text.replace("\n", "\\n") + '"';
  }
}
