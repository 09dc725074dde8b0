package dev.loupe.engine.telemetry;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A model was loaded. */
@Name("dev.loupe.Load")
@Label("Load")
@Category("Loupe")
@Description("A model was loaded.")
@StackTrace(false)
public final class LoadEvent extends Event {
  @Label("Model")
  String model;

  @Label("Compute Type")
  String compute;

  @Label("Backend")
  String backend;

  @Label("Weights")
  @DataAmount
  long weightBytes;

  /** Begins now. */
  public static LoadEvent start() {
    LoadEvent event = new LoadEvent();
    event.begin();
    return event;
  }

  /** Ends now. */
  public void done(String model, String compute, String backend, long weightBytes) {
    end();
    if (shouldCommit()) {
      this.model = model;
      this.compute = compute;
      this.backend = backend;
      this.weightBytes = weightBytes;
      commit();
    }
  }
}
