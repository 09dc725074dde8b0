package dev.loupe.server;

import dev.loupe.engine.Generation;
import dev.loupe.engine.TokenListener;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * An answer between the thread that computes it and the one that sends it. The first never waits
 * for the second: a client that reads slowly holds up nobody else, and what it has not read is no
 * longer than the longest answer.
 */
final class Answer implements TokenListener {

  /** What happens to an answer. */
  sealed interface Event {
    /** More text. */
    record Text(String text) implements Event {}

    /** It is complete. */
    record Complete(Generation generation) implements Event {}

    /** There will be none. */
    record Failed(ApiError error) implements Event {}
  }

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private volatile boolean cancelled;

  /** The next event; empty if there is none for that long. */
  Optional<Event> next(Duration patience) throws InterruptedException {
    return Optional.ofNullable(events.poll(patience.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** Nobody wants it any more: it ends after the current token, or does not begin. */
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
