package dev.loupe.cli.caption;

import java.util.function.Consumer;

/**
 * Says once that a large picture was shrunk though nobody asked for it, and how to have it whole.
 */
final class ShrinkNote {

  private final CaptionSettings settings;
  private final Consumer<String> out;
  private boolean said;

  /**
   * @param out where the line goes
   */
  ShrinkNote(CaptionSettings settings, boolean quiet, Consumer<String> out) {
    this.settings = settings;
    this.out = out;
    this.said = quiet || !settings.safe();
  }

  /** A picture was read, or captioned. */
  synchronized void check(String label, int width, int height) {
    if (!said && (long) width * height > CaptionSettings.SAFE_MAX_PIXELS) {
      said = true;
      out.accept(
          "loupe: %s: %d x %d was shrunk to %d pixels (1024 tokens), as all larger pictures are; --max-pixels model keeps to the model's own limit of %d"
              .formatted(
                  label,
                  width,
                  height,
                  CaptionSettings.SAFE_MAX_PIXELS,
                  settings.makers().maxPixels()));
    }
  }
}
