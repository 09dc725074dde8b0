package dev.loupe.cli.caption;

import dev.loupe.cli.options.PictureInput;
import dev.loupe.engine.Caption;
import java.time.Duration;

/** Writes the results of {@code caption} to standard output, each as soon as it is complete. */
interface CaptionPrinter {

  /**
   * A picture was captioned.
   *
   * @param prompt the question
   * @param text the caption as it is written
   * @param load how long the model took to load
   */
  void caption(PictureInput input, String prompt, Caption caption, String text, Duration load);

  /** A picture failed; {@code reason} was written to standard error already. */
  void failure(PictureInput input, String prompt, String reason);
}
