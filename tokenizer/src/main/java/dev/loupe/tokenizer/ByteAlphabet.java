package dev.loupe.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * GPT-2's way to write any byte as one printable character: bytes 33 to 126, 161 to 172 and 174 to
 * 255 stand for themselves, the other 68 become U+0100, U+0101 and so on in increasing order. A
 * space is {@code Ġ}, a line feed {@code Ċ}.
 */
final class ByteAlphabet {
  private static final int REMAPPED = 68;
  private static final char[] CHAR_OF_BYTE = new char[256];
  private static final short[] BYTE_OF_CHAR = new short[256 + REMAPPED];

  static {
    Arrays.fill(BYTE_OF_CHAR, (short) -1);
    char next = 256;
    for (int b = 0; b < 256; b++) {
      boolean itself = b >= 33 && b <= 126 || b >= 161 && b != 173;
      CHAR_OF_BYTE[b] = itself ? (char) b : next++;
      BYTE_OF_CHAR[CHAR_OF_BYTE[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  /** The character that stands for a byte, 0 to 255. */
  static char charOf(int b) {
    return CHAR_OF_BYTE[b];
  }

  /**
   * The bytes that a vocabulary entry stands for. An entry with a character outside the alphabet
   * stands for its own UTF-8 bytes, as in the tokenizers library (decoders/byte_level.rs).
   */
  static byte[] bytesOf(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = token.charAt(i);
      if (c >= BYTE_OF_CHAR.length || BYTE_OF_CHAR[c] < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) BYTE_OF_CHAR[c];
    }
    return bytes;
  }
}
