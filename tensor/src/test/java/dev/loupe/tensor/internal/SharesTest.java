package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharesTest {

  @ParameterizedTest
  @CsvSource({"2, 1", "2, 2", "1, 4", "7, 3", "1000, 2", "1001, 7"})
  void everyItemIsDoneOnce(int count, int threads) {
    AtomicIntegerArray done = new AtomicIntegerArray(count);
    Shares shares = new Shares(count, threads);
    try (ThreadTeam team = new ThreadTeam(threads)) {
      team.run(worker -> shares.run(worker, (from, to) -> mark(done, from, to)));
    }
    for (int i = 0; i < count; i++) {
      assertThat(done.get(i)).isEqualTo(1);
    }
  }

  @Test
  void aThreadThatIsHeldUpKeepsOnlyThePieceItHasBegun() {
    int count = 100;
    AtomicIntegerArray done = new AtomicIntegerArray(count);
    CountDownLatch others = new CountDownLatch(count - 12); // A quarter of the first half is kept.
    Shares shares = new Shares(count, 2);
    try (ThreadTeam team = new ThreadTeam(2)) {
      team.run(worker ->
          shares.run(
              worker,
              (from, to) -> {
                if (from == 0) {
                  assertThat(to).isEqualTo(12);
                  await(others);
                } else {
                  for (int i = from; i < to; i++) {
                    others.countDown();
                  }
                }
                mark(done, from, to);
              }));
    }
    assertThat(others.getCount()).isZero();
  }

  private static void mark(AtomicIntegerArray done, int from, int to) {
    for (int i = from; i < to; i++) {
      done.incrementAndGet(i);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
