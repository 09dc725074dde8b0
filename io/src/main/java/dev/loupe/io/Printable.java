package dev.loupe.io;

import java.util.HexFormat;

/**
 * Text of strangers (names of files, tensors and models) for a terminal, a log or a message. A
 * control character in it could move the cursor, forge a line, or turn the order of what follows.
 */
public final class Printable {

  private static final int ZERO_WIDTH_NON_JOINER = 0x200c;
  private static final int ZERO_WIDTH_JOINER = 0x200d;

  private Printable() {}

  /**
   * The text in one line, with each character that is not seen as itself in the form <code>
   * &#92;u202e</code>: controls such as ESC and line feed, separators of lines, controls of the
   * direction and other formats, lone surrogates. The two joiners of Persian words and of emoji
   * stay. A text without such characters is returned as it is, so a second call changes nothing.
   */
  public static String escape(String text) {
    if (text.codePoints().noneMatch(Printable::isHidden)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(c -> {
          String character = Character.toString(c);
          if (isHidden(c)) {
            character.chars().forEach(unit -> escaped.append(unicodeEscape((char) unit)));
          } else {
            escaped.append(character);
          }
        });
    return escaped.toString();
  }

  private static boolean isHidden(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      case Character.FORMAT -> codePoint != ZERO_WIDTH_NON_JOINER && codePoint != ZERO_WIDTH_JOINER;
      default -> false;
    };
  }

  private static String unicodeEscape(char unit) {
    return "\\u" + HexFormat.of().toHexDigits(unit);
  }
}
