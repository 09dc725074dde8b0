package dev.loupe.cli.caption;

import dev.loupe.cli.folder.CaptionRows;
import dev.loupe.cli.options.PictureInput;
import dev.loupe.engine.Caption;
import dev.loupe.io.Json;
import java.io.PrintStream;
import java.time.Duration;

/** Captions as JSON lines: one object for each picture. */
record CaptionJsonl(PrintStream out, CaptionRows rows) implements CaptionPrinter {

  @Override
  public void caption(
      PictureInput input, String prompt, Caption caption, String text, Duration load) {
    out.println(Json.write(rows.captioned(input.name(), prompt, caption, text, load)));
  }

  @Override
  public void failure(PictureInput input, String prompt, String reason) {
    out.println(Json.write(rows.failed(input.name(), prompt, reason)));
  }
}
