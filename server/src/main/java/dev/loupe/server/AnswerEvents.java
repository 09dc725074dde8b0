package dev.loupe.server;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** The events of an answer, until its time is up or its client has gone. */
final class AnswerEvents {

  /** How often the connection is checked. */
  private static final Duration PROBE = Duration.ofMillis(500);

  private final Answer answer;
  private final ConnectionProbe probe;
  private final Duration limit;
  private final long start = System.nanoTime();
  private long probed = start;

  /**
   * @param limit of the time from now to the last event
   */
  AnswerEvents(Answer answer, ConnectionProbe probe, Duration limit) {
    this.answer = answer;
    this.probe = probe;
    this.limit = limit;
  }

  /**
   * Waits for the next event.
   *
   * @throws ApiError if time is up
   * @throws IOException if the client has gone
   */
  Answer.Event next() throws IOException, InterruptedException {
    while (true) {
      Optional<Answer.Event> event = answer.next(PROBE);
      if (System.nanoTime() - start > limit.toNanos()) {
        throw ApiError.slowAnswer(limit);
      }
      if (event.isPresent() && !isTimeToProbe()) {
        return event.get();
      }
      probed = System.nanoTime();
      if (probe.clientGone()) {
        throw new IOException("the client has gone");
      }
      if (event.isPresent()) {
        return event.get();
      }
    }
  }

  private boolean isTimeToProbe() {
    return System.nanoTime() - probed > PROBE.toNanos();
  }
}
