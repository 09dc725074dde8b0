package dev.loupe.io;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The hash SHA-256. */
public final class Sha256 {
  private static final int BUFFER = 1 << 20;

  private Sha256() {}

  /** A new computation, to which bytes are added piece by piece. */
  public static MessageDigest start() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: expected in every JDK, found missing", e);
    }
  }

  /** The hash of some bytes in 64 hexadecimal digits. */
  public static String hex(byte[] content) {
    return HexFormat.of().formatHex(start().digest(content));
  }

  /**
   * The hash of what is left of a stream, which stays open.
   *
   * @throws IOException if it cannot be read
   */
  public static String hex(InputStream content) throws IOException {
    MessageDigest digest = start();
    byte[] buffer = new byte[BUFFER];
    for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
      digest.update(buffer, 0, n);
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
