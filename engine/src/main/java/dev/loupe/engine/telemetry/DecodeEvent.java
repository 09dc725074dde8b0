package dev.loupe.engine.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** An answer was made, from its first token to its last. */
@Name("dev.loupe.Decode")
@Label("Decode")
@Category("Loupe")
@Description("An answer was made, from its first token to its last.")
@StackTrace(false)
public final class DecodeEvent extends Event {
  @Label("Tokens of the Answer")
  int tokens;

  @Label("Finish Reason")
  String finishReason;

  @Label("Tokens after the First per Second")
  double tokensPerSecond;

  private final transient long start = System.nanoTime();

  /** Begins now. */
  public static DecodeEvent start() {
    DecodeEvent event = new DecodeEvent();
    event.begin();
    return event;
  }

  /** Ends now. */
  public void done(int tokens, String finishReason) {
    end();
    if (shouldCommit()) {
      this.tokens = tokens;
      this.finishReason = finishReason;
      this.tokensPerSecond = Rate.of(tokens - 1, start);
      commit();
    }
  }
}
