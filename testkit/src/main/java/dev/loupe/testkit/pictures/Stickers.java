package dev.loupe.testkit.pictures;

/**
 * Animated WebP as chat programs make them: frames smaller than the canvas, anywhere on it, with
 * and without opacity; and some whose parts do not fit together.
 */
final class Stickers {
  private Stickers() {}

  static byte[] sticker(int n) {
    int width = 12 + n % 7;
    int height = 9 + n % 5;
    int left = n % 4 * 2;
    int top = n % 3 * 4;
    // Every eighth frame reaches beyond its canvas.
    int canvasWidth = left + width + (n % 8 == 7 ? -1 : n % 5 * 3);
    int canvasHeight = top + height + n % 6;
    boolean alpha = n % 2 == 0;
    int flags = WebpWriter.ANIMATION | (n % 3 == 0 ? 0 : WebpWriter.ALPHA) | WebpWriter.EXIF;
    byte[] samples = Samples.rgba(width, height, n % 4 != 3);
    byte[] image = WebpWriter.lossless(width, height, samples, alpha);
    byte[] second = WebpWriter.plain(6, 6, 200, n, 40);
    byte[] frames =
        Bytes.joined(
            // The size beside the bitstream may be wrong; that of the bitstream counts.
            WebpWriter.frame(left, top, width + (n % 9 == 8 ? 1 : 0), height, n % 4, image),
            WebpWriter.frame(0, 0, 6, 6, 2, second));
    byte[] header = WebpWriter.extended(flags, canvasWidth, canvasHeight);
    byte[] exif = n % 10 == 9 ? WebpWriter.chunk("EXIF", TurnedPictures.exif(n / 10)) : new byte[0];
    return switch (n) {
      // Without the chunk before the frames, with a picture outside a frame, without frames.
      case 36 -> WebpWriter.file(header, frames);
      case 37 -> WebpWriter.file(header, WebpWriter.animation(0), image, frames);
      case 38 -> WebpWriter.file(header, WebpWriter.animation(0), exif);
      // A single picture that says that it is none of an animation, and is smaller.
      case 39 ->
          WebpWriter.file(WebpWriter.extended(WebpWriter.ALPHA, width + 1, height), image, exif);
      default -> WebpWriter.file(header, WebpWriter.animation(0x80ff_4020 + n), frames, exif);
    };
  }
}
