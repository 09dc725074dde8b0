package dev.loupe.engine;

/**
 * Shares time between the prompt of a new request and the answers that grow already: they get a
 * token after a layer of the prompt, once it has had its share. So they wait for a layer or a few
 * steps, however long the prompt and its pictures are. Which of them has its turn changes no bit.
 * One thread.
 */
final class PromptTurns implements Runnable {

  /**
   * How many times as long as a step the prompt computes before the next step. With one, answers
   * would have half of the time, and a full batch would be reached late.
   */
  private static final int PROMPT_SHARE = 3;

  private final GenerationRun run;
  private long stepTime;
  private long stepEnd = System.nanoTime();
  private RuntimeException failure;

  /** Turns of the answers of this run. */
  PromptTurns(GenerationRun run) {
    this.run = run;
  }

  /** One more token for every answer. */
  void step() {
    long start = System.nanoTime();
    run.step();
    stepEnd = System.nanoTime();
    stepTime = stepEnd - start;
  }

  /** Called after a layer of the prompt. */
  @Override
  public void run() {
    if (run.size() > 0 && System.nanoTime() - stepEnd >= PROMPT_SHARE * stepTime) {
      try {
        step();
      } catch (RuntimeException e) {
        failure = e;
        throw e;
      }
    }
  }

  /** Throws what ended a step while a prompt was computed, which is no failure of the prompt. */
  void requireSound() {
    if (failure != null) {
      throw failure;
    }
  }
}
