package dev.loupe.server;

import dev.loupe.engine.AnswerWatch;
import dev.loupe.engine.Generation;
import dev.loupe.engine.TokenListener;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * An answer on its way from the thread that computes it to the thread that sends it. The first
 * never waits for the second, so a slow client delays no other request. The text that waits is at
 * most as long as the longest answer.
 */
final class Answer implements TokenListener {

  /** What happens to an answer. */
  sealed interface Event {
    /** More text. */
    record Text(String text) implements Event {}

    /** The answer is complete. */
    record Complete(Generation generation) implements Event {}

    /** The answer failed. */
    record Failed(ApiError error) implements Event {}
  }

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final AnswerWatch watch;
  private volatile boolean cancelled;

  /**
   * An answer that has not begun.
   *
   * @param watch looks at its numbers
   */
  Answer(AnswerWatch watch) {
    this.watch = watch;
  }

  @Override
  public AnswerWatch watch() {
    return watch;
  }

  /** The next event; empty if none comes within this time. */
  Optional<Event> next(Duration timeout) throws InterruptedException {
    return Optional.ofNullable(events.poll(timeout.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** Cancels the answer: it ends after the current token, or does not begin. */
  void cancel() {
    cancelled = true;
  }

  boolean isCancelled() {
    return cancelled;
  }

  @Override
  public boolean token(int id, String text) {
    if (!text.isEmpty()) {
      events.add(new Event.Text(text));
    }
    return !cancelled;
  }

  void complete(Generation generation) {
    events.add(new Event.Complete(generation));
  }

  void fail(ApiError error) {
    events.add(new Event.Failed(error));
  }
}
