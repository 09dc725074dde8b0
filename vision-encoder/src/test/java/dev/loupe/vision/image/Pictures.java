package dev.loupe.vision.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import tools.jackson.jr.ob.JSON;

/** The test pictures and what Pillow and transformers make of them. */
public final class Pictures {

  private Pictures() {}

  /** A file of {@code src/test/resources/pictures}. */
  public static byte[] file(String path) {
    try (InputStream in = Pictures.class.getResourceAsStream("/pictures/" + path)) {
      if (in == null) {
        throw new IllegalStateException("test resource pictures/" + path + " is missing");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public static RgbImage decode(String path) throws IOException {
    return new ImageDecoder().decode(file(path), path);
  }

  public static Map<String, Object> json(String path) {
    return JSON.std.mapFrom(new String(file(path), StandardCharsets.UTF_8));
  }

  @SuppressWarnings("unchecked")
  public static Map<String, Object> object(Object json) {
    return (Map<String, Object>) json;
  }

  public static String sha256(byte[] bytes) {
    return sha256(ByteBuffer.wrap(bytes));
  }

  public static String sha256(ByteBuffer bytes) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
