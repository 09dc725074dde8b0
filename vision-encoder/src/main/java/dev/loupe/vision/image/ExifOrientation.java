package dev.loupe.vision.image;

/**
 * How a camera held the sensor: where the first row and the first column of the stored picture lie
 * in the upright one. The order is that of the values 1 to 8 of the EXIF tag Orientation (0x0112).
 */
public enum ExifOrientation {
  /** 1: upright. */
  TOP_LEFT(false, false, false),
  /** 2: mirrored left to right. */
  TOP_RIGHT(false, true, false),
  /** 3: upside down. */
  BOTTOM_RIGHT(false, true, true),
  /** 4: mirrored top to bottom. */
  BOTTOM_LEFT(false, false, true),
  /** 5: mirrored at the diagonal from the first pixel. */
  LEFT_TOP(true, false, false),
  /** 6: rotated; it is turned clockwise by 90 degrees. */
  RIGHT_TOP(true, false, true),
  /** 7: mirrored at the other diagonal. */
  RIGHT_BOTTOM(true, true, true),
  /** 8: rotated; it is turned counterclockwise by 90 degrees. */
  LEFT_BOTTOM(true, true, false);

  /** An upright row is a stored column. */
  private final boolean transposed;

  /** The upright picture is read from the stored right to the left. */
  private final boolean fromRight;

  /** The upright picture is read from the stored bottom to the top. */
  private final boolean fromBottom;

  ExifOrientation(boolean transposed, boolean fromRight, boolean fromBottom) {
    this.transposed = transposed;
    this.fromRight = fromRight;
    this.fromBottom = fromBottom;
  }

  /** The orientation with this EXIF value; upright for a value other than 1 to 8. */
  public static ExifOrientation of(int value) {
    return value >= 1 && value <= values().length ? values()[value - 1] : TOP_LEFT;
  }

  /** The upright picture. */
  public RgbImage apply(RgbImage stored) {
    if (this == TOP_LEFT) {
      return stored;
    }
    int storedWidth = stored.width();
    int storedHeight = stored.height();
    int width = transposed ? storedHeight : storedWidth;
    int height = transposed ? storedWidth : storedHeight;
    byte[] from = stored.samples();
    byte[] to = new byte[from.length];
    int out = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column = transposed ? y : x;
        int row = transposed ? x : y;
        int sx = fromRight ? storedWidth - 1 - column : column;
        int sy = fromBottom ? storedHeight - 1 - row : row;
        int in = RgbImage.CHANNELS * (sy * storedWidth + sx);
        to[out++] = from[in];
        to[out++] = from[in + 1];
        to[out++] = from[in + 2];
      }
    }
    return new RgbImage(stored.name(), width, height, to);
  }
}
