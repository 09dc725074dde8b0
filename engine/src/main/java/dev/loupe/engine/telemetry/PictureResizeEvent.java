package dev.loupe.engine.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Pictures and clips were resized and cut into patches. */
@Name("dev.loupe.PictureResize")
@Label("Picture Resize")
@Category("Loupe")
@Description("Pictures and clips were resized and cut into patches.")
@StackTrace(false)
public final class PictureResizeEvent extends Event {
  @Label("Pictures")
  int pictures;

  @Label("Patches")
  long patches;

  /** Begins now. */
  public static PictureResizeEvent start() {
    PictureResizeEvent event = new PictureResizeEvent();
    event.begin();
    return event;
  }

  /** Ends now. */
  public void done(int pictures, long patches) {
    end();
    if (shouldCommit()) {
      this.pictures = pictures;
      this.patches = patches;
      commit();
    }
  }
}
