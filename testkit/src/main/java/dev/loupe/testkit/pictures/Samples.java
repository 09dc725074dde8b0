package dev.loupe.testkit.pictures;

import java.util.Arrays;

/** Small pictures of which no two rows or columns are equal, so that every turn shows. */
final class Samples {
  private Samples() {}

  static byte[] rgb(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      int x = i % width;
      int y = i / width;
      rgb[3 * i] = (byte) (250 - 9 * x);
      rgb[3 * i + 1] = (byte) (13 * y + 3 * x);
      rgb[3 * i + 2] = (byte) (x * y);
    }
    return rgb;
  }

  /**
   * The same with opacity.
   *
   * @param translucent from clear to opaque, else all opaque
   */
  static byte[] rgba(int width, int height, boolean translucent) {
    byte[] rgb = rgb(width, height);
    byte[] rgba = new byte[4 * width * height];
    for (int i = 0; i < width * height; i++) {
      System.arraycopy(rgb, 3 * i, rgba, 4 * i, 3);
      rgba[4 * i + 3] =
          (byte) (translucent ? Math.min(255, 11 * (i % width) + 5 * (i / width)) : 255);
    }
    return rgba;
  }

  static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
