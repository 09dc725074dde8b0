package dev.loupe.cli.caption;

import dev.loupe.cli.options.PictureInput;
import dev.loupe.cli.terminal.StandardStreams;
import dev.loupe.engine.Caption;
import dev.loupe.engine.FinishReason;
import java.time.Duration;

/**
 * Captions as plain text: the caption alone, or for several pictures a line of path, tab and
 * caption.
 */
final class CaptionText implements CaptionPrinter {

  private final StandardStreams streams;
  private final boolean several;
  private final boolean quiet;

  CaptionText(StandardStreams streams, boolean several, boolean quiet) {
    this.streams = streams;
    this.several = several;
    this.quiet = quiet;
  }

  @Override
  public void caption(
      PictureInput input, String prompt, Caption caption, String text, Duration load) {
    streams
        .out()
        .println(several ? input.label() + "\t" + text.strip().replaceAll("\\R", " ") : text);
    if (!quiet && caption.generation().finishReason() == FinishReason.LENGTH) {
      streams
          .err()
          .println(
              "loupe: %s: the caption was cut after %d tokens; --max-new-tokens allows more"
                  .formatted(input.label(), caption.generation().tokens().size()));
    }
  }

  @Override
  public void failure(PictureInput input, String prompt, String reason) {
    // There is no caption to print.
  }
}
