package dev.loupe.vision.preprocess;

import dev.loupe.vision.image.RgbImage;

/**
 * The size to which Qwen2-VL's image processor scales a picture: both sides multiples of {@code
 * factor}, the area between the two limits as far as that allows, the shape kept as well as
 * possible.
 *
 * <p>Source: {@code smart_resize} of transformers' {@code models/qwen2_vl/image_processing_qwen2_vl
 * .py}, 4.57 and 5.x. The order of its double operations is kept, because the size depends on it.
 *
 * @param factor patch size times merge size; 28 for the published models
 * @param minPixels the smallest area
 * @param maxPixels the largest area
 */
record SmartResize(int factor, long minPixels, long maxPixels) {

  /** Longer side to shorter side; more is refused, as in transformers. */
  static final int MAX_RATIO = 200;

  /** A size in pixels. */
  record Size(int height, int width) {}

  SmartResize {
    if (factor < 1 || minPixels < 1 || maxPixels < minPixels) {
      throw new IllegalArgumentException(
          "pixel limits: expected 1 <= min_pixels <= max_pixels, found min_pixels %d, max_pixels %d"
              .formatted(minPixels, maxPixels));
    }
  }

  /**
   * The size for a picture of this size.
   *
   * @param name of the picture, for the message
   * @throws IllegalArgumentException if one side is more than 200 times the other, or the result
   *     has more than 2^31 - 1 samples
   */
  Size apply(String name, int height, int width) {
    int longer = Math.max(height, width);
    int shorter = Math.min(height, width);
    if ((double) longer / shorter > MAX_RATIO) {
      throw new IllegalArgumentException(
          "%s: expected sides in a ratio of at most %d:1, found %d x %d; crop or pad the picture"
              .formatted(name, MAX_RATIO, width, height));
    }
    double area = (double) ((long) height * width);
    double h = Math.rint((double) height / factor) * factor;
    double w = Math.rint((double) width / factor) * factor;
    if (h * w > maxPixels) {
      double beta = Math.sqrt(area / maxPixels);
      h = Math.max(factor, Math.floor(height / beta / factor) * factor);
      w = Math.max(factor, Math.floor(width / beta / factor) * factor);
    } else if (h * w < minPixels) {
      double beta = Math.sqrt(minPixels / area);
      h = Math.ceil(height * beta / factor) * factor;
      w = Math.ceil(width * beta / factor) * factor;
    }
    if (h * w * RgbImage.CHANNELS > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%s: expected at most 2^31 - 1 samples after resizing, found %.0f x %.0f pixels; lower"
                  .formatted(name, w, h)
              + " min_pixels or max_pixels");
    }
    return new Size((int) h, (int) w);
  }
}
