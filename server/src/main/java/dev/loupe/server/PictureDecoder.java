package dev.loupe.server;

import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.time.Duration;

/** Decodes a picture; a test can put another in the place of {@link ImageDecoder}. */
interface PictureDecoder {

  /**
   * The picture.
   *
   * @param maxPixels that it may have
   * @param time that it may take
   */
  RgbImage decode(EncodedPicture picture, long maxPixels, Duration time) throws IOException;

  /** The decoder of the library. */
  static PictureDecoder standard() {
    return (picture, maxPixels, time) ->
        new ImageDecoder(maxPixels).timeout(time).decode(picture.file(), picture.name());
  }
}
