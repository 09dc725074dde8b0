package dev.loupe.engine;

import dev.loupe.vision.preprocess.ImageProcessorConfig;

/** The limit on large pictures where many are captioned and nobody sets one. */
public final class PictureLimit {

  /**
   * 1024 tokens: 1024 x 784 pixels. The model's own limit is 16 times as much, and a picture's
   * attention, over four patches a token, grows with the square.
   */
  public static final int SAFE_MAX_PIXELS = 1024 * 28 * 28;

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
