package dev.loupe.engine.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The decoder ran over a prompt. */
@Name("dev.loupe.Prefill")
@Label("Prefill")
@Category("Loupe")
@Description("The decoder ran over a prompt.")
@StackTrace(false)
public final class PrefillEvent extends Event {
  @Label("Prompt Tokens")
  int promptTokens;

  @Label("Tokens Not Computed Again")
  int cachedTokens;

  @Label("Computed Tokens per Second")
  double tokensPerSecond;

  private final transient long start = System.nanoTime();

  /** Begins now. */
  public static PrefillEvent start() {
    PrefillEvent event = new PrefillEvent();
    event.begin();
    return event;
  }

  /** Ends now. */
  public void done(int promptTokens, int cachedTokens) {
    end();
    if (shouldCommit()) {
      this.promptTokens = promptTokens;
      this.cachedTokens = cachedTokens;
      this.tokensPerSecond = Rate.of(promptTokens - cachedTokens, start);
      commit();
    }
  }
}
