package dev.loupe.vision.image;

/**
 * The largest picture that is decoded. It is asked with the size in the file's header, before
 * memory for the picture is taken.
 */
record PixelLimit(long pixels) {

  /** Width * height * 3 bytes must fit into one Java array. */
  private static final long LARGEST_ARRAY = (Integer.MAX_VALUE - 8) / RgbImage.CHANNELS;

  void check(String name, int width, int height) throws ImageFormatException {
    if (width < 1 || height < 1) {
      throw new ImageFormatException(
          "%s: expected at least 1 x 1 pixels, found %d x %d; the file is damaged"
              .formatted(name, width, height));
    }
    long found = (long) width * height;
    long allowed = Math.min(pixels, LARGEST_ARRAY);
    if (found > allowed) {
      throw new ImageFormatException(
          "%s: expected at most %d pixels, found %d x %d = %d; scale the picture down, or raise the"
                  .formatted(name, allowed, width, height, found)
              + " decoder's limit if memory allows");
    }
  }

  /** The same for all frames of a clip together. */
  void checkAll(String name, int width, int height, int frames) throws ImageFormatException {
    long found = (long) width * height * frames;
    if (found > pixels) {
      throw new ImageFormatException(
          "%s: expected at most %d pixels in all frames, found %d x %d x %d = %d; scale the clip"
                  .formatted(name, pixels, frames, width, height, found)
              + " down or cut it");
    }
  }
}
