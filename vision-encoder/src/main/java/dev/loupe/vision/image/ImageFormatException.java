package dev.loupe.vision.image;

import java.io.IOException;

/**
 * A file that is not a picture, is damaged or cut short, or is of a kind or size that is refused.
 * The message names the file, what was expected, what was found and what to do.
 */
public final class ImageFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  ImageFormatException(String message) {
    super(message);
  }

  ImageFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
