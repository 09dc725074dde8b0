package dev.loupe.server;

import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Timings;
import dev.loupe.engine.TokenListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Stands in for a model: says a word every few milliseconds until the listener stops it. */
final class TalkingModel implements OneByOne {

  private static final Duration PAUSE = Duration.ofMillis(5);

  private final CountDownLatch silence = new CountDownLatch(1);
  private final List<Generation> answers = new ArrayList<>();

  @Override
  public String name() {
    return "talker";
  }

  @Override
  public Generation generate(Prompt prompt, GenerationOptions options, TokenListener listener) {
    List<Integer> tokens = new ArrayList<>();
    boolean goOn = true;
    while (goOn && silence.getCount() > 0) {
      tokens.add(tokens.size());
      goOn = listener.token(tokens.size(), "word ");
      pause();
    }
    Generation answer =
        new Generation(
            "word ".repeat(tokens.size()),
            tokens,
            goOn ? FinishReason.STOP : FinishReason.CANCELLED,
            1,
            0,
            0,
            List.of(),
            new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO));
    synchronized (answers) {
      answers.add(answer);
    }
    return answer;
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the running answer, and all that follow after a word. */
  void silence() {
    silence.countDown();
  }

  /** What was answered so far. */
  List<Generation> answers() {
    synchronized (answers) {
      return List.copyOf(answers);
    }
  }
}
