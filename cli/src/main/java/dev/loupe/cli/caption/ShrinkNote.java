package dev.loupe.cli.caption;

import dev.loupe.engine.PictureLimit;
import java.util.function.Consumer;

/** Says once that a large picture was shrunk by default, and how to keep its size. */
final class ShrinkNote {

  private final RunConfig config;
  private final Consumer<String> out;
  private boolean said;

  /**
   * @param out where the line goes
   */
  ShrinkNote(RunConfig config, boolean quiet, Consumer<String> out) {
    this.config = config;
    this.out = out;
    this.said = quiet || !config.limitedByDefault();
  }

  /** A picture was read, or captioned. */
  synchronized void check(String label, int width, int height) {
    if (!said && (long) width * height > PictureLimit.SAFE_MAX_PIXELS) {
      said = true;
      out.accept(
          "loupe: %s: %d x %d was shrunk to %d pixels (1024 tokens), like all larger pictures; --max-pixels model uses the model's own limit of %d"
              .formatted(
                  label,
                  width,
                  height,
                  PictureLimit.SAFE_MAX_PIXELS,
                  config.modelDefaults().maxPixels()));
    }
  }
}
