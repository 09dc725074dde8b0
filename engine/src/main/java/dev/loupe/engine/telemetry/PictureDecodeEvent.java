package dev.loupe.engine.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A picture file became pixels. */
@Name("dev.loupe.PictureDecode")
@Label("Picture Decode")
@Category("Loupe")
@Description("A picture file became pixels.")
@StackTrace(false)
public final class PictureDecodeEvent extends Event {
  @Label("Width")
  int width;

  @Label("Height")
  int height;

  /** Begins now. */
  public static PictureDecodeEvent start() {
    PictureDecodeEvent event = new PictureDecodeEvent();
    event.begin();
    return event;
  }

  /** Ends now. */
  public void done(int width, int height) {
    end();
    if (shouldCommit()) {
      this.width = width;
      this.height = height;
      commit();
    }
  }
}
