package dev.loupe.tokenizer;

/**
 * Decodes bytes that may be no UTF-8: U+FFFD for each maximal subpart of an ill-formed sequence
 * (the Unicode Standard, section 3.9), as Rust's and Python's decoders have it. The JDK's own
 * decoder differs for encoded surrogates: {@code ED A0} is one replacement there and two here.
 */
final class Utf8 {
  private static final char REPLACEMENT = '\uFFFD';

  private Utf8() {}

  /** The text of the first {@code length} bytes. */
  static String decode(byte[] bytes, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; ) {
      int wellFormed = wellFormedLength(bytes, i, length);
      if (wellFormed > 0 && wellFormed == sequenceLength(bytes[i])) {
        text.appendCodePoint(codePoint(bytes, i, wellFormed));
      } else {
        text.append(REPLACEMENT);
      }
      i += Math.max(1, wellFormed);
    }
    return text.toString();
  }

  /**
   * How many bytes at the end, 0 to 3, begin a character that further bytes could complete. Bytes
   * that nothing can complete do not count.
   */
  static int unfinishedLength(byte[] bytes) {
    for (int count = 1; count <= Math.min(3, bytes.length); count++) {
      int start = bytes.length - count;
      if (count < sequenceLength(bytes[start])
          && count == wellFormedLength(bytes, start, bytes.length)) {
        return count;
      }
    }
    return 0;
  }

  /** How many bytes from {@code start} are, or begin, one well-formed sequence; 0 for none. */
  private static int wellFormedLength(byte[] bytes, int start, int end) {
    int length = sequenceLength(bytes[start]);
    int i = Math.min(1, length);
    while (i < length && start + i < end && fits(bytes, start, i)) {
      i++;
    }
    return i;
  }

  /** The length that the lead byte announces; 0 for a byte that leads nothing. */
  private static int sequenceLength(byte lead) {
    int b = lead & 0xFF;
    if (b < 0x80) {
      return 1;
    }
    if (b < 0xC2 || b > 0xF4) {
      return 0;
    }
    return b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
  }

  /** Whether byte {@code i} of a sequence may stand there: table 3-7 of the Unicode Standard. */
  private static boolean fits(byte[] bytes, int start, int i) {
    int b = bytes[start + i] & 0xFF;
    if (b < 0x80 || b > 0xBF) {
      return false;
    }
    return switch (i == 1 ? bytes[start] & 0xFF : 0) {
      case 0xE0 -> b >= 0xA0;
      case 0xED -> b < 0xA0;
      case 0xF0 -> b >= 0x90;
      case 0xF4 -> b < 0x90;
      default -> true;
    };
  }

  private static int codePoint(byte[] bytes, int start, int length) {
    if (length == 1) {
      return bytes[start];
    }
    int c = bytes[start] & 0x7F >> length;
    for (int i = 1; i < length; i++) {
      c = c << 6 | bytes[start + i] & 0x3F;
    }
    return c;
  }
}
