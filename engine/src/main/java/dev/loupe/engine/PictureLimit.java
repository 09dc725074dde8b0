package dev.loupe.engine;

import dev.loupe.vision.preprocess.ImageProcessorConfig;

/** The limit on large pictures where many are captioned and nobody sets one. */
public final class PictureLimit {

  /**
   * Tokens of a picture. The model's own limit is 16 times as much, and a picture's attention, over
   * four patches a token, grows with the square.
   */
  public static final int SAFE_TOKENS = 1024;

  /** The same as an area in pixels, that of 1024 x 784. */
  public static final int SAFE_MAX_PIXELS = SAFE_TOKENS * Detail.TOKEN_PIXELS;

  private PictureLimit() {}

  /**
   * Whether options that set no limit need {@link #SAFE_MAX_PIXELS}.
   *
   * @param modelDefaults how the checkpoint says to prepare pictures
   */
  public static boolean isNeeded(GenerationOptions options, ImageProcessorConfig modelDefaults) {
    return options.pictures(modelDefaults).maxPixels() > SAFE_MAX_PIXELS
        && options.minPixels().orElse(1) <= SAFE_MAX_PIXELS;
  }
}
