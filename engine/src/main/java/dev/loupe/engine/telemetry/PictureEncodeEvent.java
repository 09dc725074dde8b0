package dev.loupe.engine.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The vision tower turned patches into tokens. */
@Name("dev.loupe.PictureEncode")
@Label("Picture Encode")
@Category("Loupe")
@Description("The vision tower turned patches into tokens.")
@StackTrace(false)
public final class PictureEncodeEvent extends Event {
  @Label("Pictures")
  int pictures;

  @Label("Patches")
  long patches;

  @Label("Tokens")
  long tokens;

  /** Begins now. */
  public static PictureEncodeEvent start() {
    PictureEncodeEvent event = new PictureEncodeEvent();
    event.begin();
    return event;
  }

  /** Ends now. */
  public void done(int pictures, long patches, long tokens) {
    end();
    if (shouldCommit()) {
      this.pictures = pictures;
      this.patches = patches;
      this.tokens = tokens;
      commit();
    }
  }
}
