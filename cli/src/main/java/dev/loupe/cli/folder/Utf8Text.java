package dev.loupe.cli.folder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Text of a file that other tools may have written: UTF-8, with or without a byte-order mark at the
 * beginning, as the editors of Windows write it. Nothing else is guessed at: a wrong guess would
 * change what the file says, and the change would be written back.
 */
public final class Utf8Text {

  private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private Utf8Text() {}

  /**
   * The text, without a byte-order mark.
   *
   * @param name of the file, for messages
   * @throws IOException if these bytes are not UTF-8
   */
  public static String decode(byte[] bytes, String name) throws IOException {
    Optional<Charset> other = markOf(bytes);
    if (other.isPresent()) {
      throw new IOException(
          "%s: expected UTF-8, found %s; save it as UTF-8".formatted(name, other.get()));
    }
    for (byte b : bytes) {
      if (b == 0) {
        throw new IOException(
            "%s: expected UTF-8, found a NUL byte, as in UTF-16; save it as UTF-8".formatted(name));
      }
    }
    ByteBuffer in = ByteBuffer.wrap(withoutMark(bytes));
    CharBuffer text = CharBuffer.allocate(in.remaining());
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CoderResult result = decoder.decode(in, text, true);
    if (result.isError()) {
      throw new IOException(
          "%s: expected UTF-8, found the byte 0x%02x at %d, as in older encodings; save it as UTF-8"
              .formatted(name, in.get(in.position()), bytes.length - in.remaining()));
    }
    return text.flip().toString();
  }

  /** The same bytes from behind a byte-order mark on. */
  static byte[] withoutMark(byte[] bytes) {
    boolean marked = startsWith(bytes, MARK);
    return marked ? Arrays.copyOfRange(bytes, MARK.length, bytes.length) : bytes;
  }

  /** The encoding other than UTF-8 whose byte-order mark these bytes begin with. */
  static Optional<Charset> markOf(byte[] bytes) {
    // UTF-32 first: its mark in little-endian order begins with that of UTF-16.
    for (Charset charset :
        new Charset[] {
          StandardCharsets.UTF_32LE,
          StandardCharsets.UTF_32BE,
          StandardCharsets.UTF_16LE,
          StandardCharsets.UTF_16BE
        }) {
      if (startsWith(bytes, "\ufeff".getBytes(charset))) {
        return Optional.of(charset);
      }
    }
    return Optional.empty();
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }
}
