package dev.loupe.server;

import dev.loupe.engine.Detail;
import dev.loupe.vision.image.ImageFormatException;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes the pictures of a request, within the limits on all of them together.
 *
 * @param decoder of one picture
 * @param limits of a request
 * @param resizing to the detail that a picture is sent with
 */
record RequestPictures(PictureDecoder decoder, Limits limits, DetailResizing resizing) {

  /** Makes a picture smaller. */
  @FunctionalInterface
  interface DetailResizing {

    RgbImage resize(RgbImage picture, Detail detail);
  }

  /**
   * The pictures.
   *
   * @param answer that they are for; once it is cancelled the rest is not decoded
   * @throws ApiError if one cannot be used
   */
  List<RgbImage> decode(List<EncodedPicture> pictures, Answer answer) {
    List<RgbImage> images = new ArrayList<>();
    long start = System.nanoTime();
    long left = limits.picturePixels();
    for (EncodedPicture picture : pictures) {
      if (answer.isCancelled()) {
        throw ApiError.ending();
      }
      if (left < 1) {
        throw tooManyPixels(picture.name());
      }
      RgbImage image = decode(picture, left, start);
      left -= (long) image.width() * image.height();
      images.add(
          picture.detail() == Detail.FULL ? image : resizing.resize(image, picture.detail()));
    }
    return images;
  }

  private RgbImage decode(EncodedPicture picture, long maxPixels, long start) {
    try {
      requireTime(picture, start);
      return decoder.decode(picture, maxPixels, timeLeft(start));
    } catch (ImageFormatException e) {
      requireTime(picture, start);
      throw refusal(picture.name(), e);
    } catch (IOException e) {
      throw new IllegalStateException("a picture in memory was not read", e);
    }
  }

  private Duration timeLeft(long start) {
    return limits.decodeTime().minusNanos(System.nanoTime() - start);
  }

  private void requireTime(EncodedPicture picture, long start) {
    if (!timeLeft(start).isPositive()) {
      throw ApiError.picture(
          picture.name(),
          "image_too_slow",
          ("expected all pictures decoded within %s, found that they take longer; send them as plain"
                  + " PNG or JPEG")
              .formatted(ApiError.seconds(limits.decodeTime())));
    }
  }

  private ApiError refusal(String name, ImageFormatException e) {
    // The decoder names the picture itself.
    String reason = e.getMessage().replace(name + ": ", "");
    if (reason.startsWith("expected at most")) {
      // Its remedy is for programs that set the limit themselves.
      return tooManyPixels(name);
    }
    if (e.getCause() != null) {
      // What a decoder of the JDK says, in brackets, names classes.
      reason = reason.replaceFirst("(?s) ?\\(.*", "") + "; send it as PNG";
    }
    return ApiError.picture(name, "invalid_image", reason);
  }

  private ApiError tooManyPixels(String name) {
    return ApiError.picture(
        name,
        "image_too_large",
        "expected at most %d pixels in all pictures together, found more"
            .formatted(limits.picturePixels()));
  }
}
