package dev.loupe.server;

import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import java.time.Duration;

/**
 * Another model that waits a moment after each token, as a large one would.
 *
 * @param fast the other
 */
record SlowModel(Qwen2Vl fast) implements OneByOne {

  private static final Duration PAUSE = Duration.ofMillis(40);

  @Override
  public String name() {
    return fast.name();
  }

  @Override
  public Generation generate(Prompt prompt, GenerationOptions options, TokenListener listener) {
    return fast.generate(
        prompt,
        options,
        (id, text) -> {
          try {
            Thread.sleep(PAUSE);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return listener.token(id, text);
        });
  }
}
