package dev.loupe.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts normalised text into the pieces that byte-level BPE merges within: {@value #PATTERN}, each
 * match a piece, as Qwen2's {@code tokenizer.json} has it.
 *
 * <p>Written by hand because {@code java.util.regex} recurses on long runs. Every character is
 * looked at no more than three times. {@code \s} is Unicode's White_Space and {@code (?i)} folds
 * U+017F to s, as in the regular expressions of the tokenizers library; {@code \p{L}} and {@code
 * \p{N}} are those of the JDK's Unicode version.
 */
public final class PreTokenizer {
  /** The regular expression of the pieces, as it is written in {@code tokenizer.json}. */
  public static final String PATTERN =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final char LONG_S = 'ſ';

  private PreTokenizer() {}

  /** The pieces of a text, in order; joined they give the text again. */
  public static List<String> split(String text) {
    List<String> pieces = new ArrayList<>();
    for (int start = 0; start < text.length(); ) {
      int end = endOfPiece(text, start, text.length());
      pieces.add(text.substring(start, end));
      start = end;
    }
    return pieces;
  }

  /** Where the piece ends that begins at {@code start} of a text which ends at {@code limit}. */
  static int endOfPiece(String text, int start, int limit) {
    int first = text.codePointAt(start);
    int second = start + Character.charCount(first);
    int contraction = endOfContraction(text, start, limit);
    if (contraction > start) {
      return contraction;
    }
    if (Character.isLetter(first)) {
      return endOfLetters(text, second, limit);
    }
    if (isNumber(first)) {
      return second;
    }
    if (!isNewline(first) && second < limit && Character.isLetter(text.codePointAt(second))) {
      return endOfLetters(text, second, limit);
    }
    if (!isWhiteSpace(first)) {
      return endOfNewlines(text, endOfSymbols(text, second, limit), limit);
    }
    if (first == ' ' && second < limit && isSymbol(text.codePointAt(second))) {
      return endOfNewlines(text, endOfSymbols(text, second, limit), limit);
    }
    return endOfSpace(text, start, limit);
  }

  /** {@code (?i:'s|'t|'re|'ve|'m|'ll|'d)}, or {@code start} where there is none. */
  private static int endOfContraction(String text, int start, int limit) {
    if (text.charAt(start) != '\'' || start + 1 >= limit) {
      return start;
    }
    char first = lowerCase(text.charAt(start + 1));
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return start + 2;
    }
    char second = start + 2 < limit ? lowerCase(text.charAt(start + 2)) : 0;
    boolean two = (first == 'r' || first == 'v') && second == 'e' || first == 'l' && second == 'l';
    return two ? start + 3 : start;
  }

  private static char lowerCase(char c) {
    if (c == LONG_S) {
      return 's';
    }
    return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
  }

  /**
   * {@code \s*[\r\n]+|\s+(?!\S)|\s+}: up to the last newline of the run of white space; without
   * one, the whole run at the end of the text, else all but the last character, which belongs to
   * what follows, unless it is the only one.
   */
  private static int endOfSpace(String text, int start, int limit) {
    int end = start;
    int afterNewline = start;
    while (end < limit && isWhiteSpace(text.charAt(end))) {
      end++;
      if (isNewline(text.charAt(end - 1))) {
        afterNewline = end;
      }
    }
    if (afterNewline > start) {
      return afterNewline;
    }
    return end == limit || end == start + 1 ? end : end - 1;
  }

  private static int endOfLetters(String text, int start, int limit) {
    int i = start;
    while (i < limit && Character.isLetter(text.codePointAt(i))) {
      i += Character.charCount(text.codePointAt(i));
    }
    return i;
  }

  private static int endOfSymbols(String text, int start, int limit) {
    int i = start;
    while (i < limit && isSymbol(text.codePointAt(i))) {
      i += Character.charCount(text.codePointAt(i));
    }
    return i;
  }

  private static int endOfNewlines(String text, int start, int limit) {
    int i = start;
    while (i < limit && isNewline(text.charAt(i))) {
      i++;
    }
    return i;
  }

  /** {@code [^\s\p{L}\p{N}]}. */
  private static boolean isSymbol(int c) {
    return !isWhiteSpace(c) && !Character.isLetter(c) && !isNumber(c);
  }

  private static boolean isNewline(int c) {
    return c == '\n' || c == '\r';
  }

  private static boolean isNumber(int c) {
    return switch (Character.getType(c)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }

  /** Unicode's White_Space property (PropList.txt), 25 characters, all in the basic plane. */
  private static boolean isWhiteSpace(int c) {
    if (c < 0x80) {
      return c == ' ' || c >= '\t' && c <= '\r';
    }
    return c == 0x85
        || c == 0xA0
        || c == 0x1680
        || c >= 0x2000 && c <= 0x200A
        || c == 0x2028
        || c == 0x2029
        || c == 0x202F
        || c == 0x205F
        || c == 0x3000;
  }
}
