package dev.loupe.tensor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ThreadTeamTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void everyWorkerRunsOnceEachTime(int size) {
    AtomicIntegerArray runs = new AtomicIntegerArray(size);
    try (ThreadTeam team = new ThreadTeam(size)) {
      for (int i = 0; i < 2000; i++) {
        team.run(runs::incrementAndGet);
      }
    }
    for (int worker = 0; worker < size; worker++) {
      assertThat(runs.get(worker)).isEqualTo(2000);
    }
  }

  @Test
  void theCallerSeesWhatTheWorkersWrote() {
    int[] written = new int[4];
    try (ThreadTeam team = new ThreadTeam(4)) {
      for (int i = 1; i <= 500; i++) {
        int round = i;
        team.run(worker -> written[worker] = round);
        assertThat(written).containsOnly(round);
      }
    }
  }

  @Test
  void aFailureOfAnyWorkerReachesTheCallerAndTheTeamGoesOn() {
    try (ThreadTeam team = new ThreadTeam(3)) {
      assertThatThrownBy(() ->
              team.run(worker -> {
                if (worker == 2) {
                  throw new ArithmeticException("worker 2");
                }
              }))
          .isInstanceOf(ArithmeticException.class)
          .hasMessage("worker 2");
      AtomicInteger runs = new AtomicInteger();
      team.run(worker -> runs.incrementAndGet());
      assertThat(runs).hasValue(3);
    }
  }

  @Test
  void twoCallersTakeTurns() throws InterruptedException {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (ThreadTeam team = new ThreadTeam(2)) {
      Runnable caller =
          () -> {
            for (int i = 0; i < 500; i++) {
              team.run(worker -> {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                inside.decrementAndGet();
              });
            }
          };
      Thread other = Thread.ofPlatform().start(caller);
      caller.run();
      other.join();
    }
    assertThat(most.get()).isBetween(1, 2);
  }

  @Test
  void anInterruptedCallerStillWaitsForAll() {
    AtomicInteger runs = new AtomicInteger();
    try (ThreadTeam team = new ThreadTeam(2)) {
      Thread.currentThread().interrupt();
      team.run(worker -> {
        long end = System.nanoTime() + 20_000_000L * worker;
        while (System.nanoTime() < end) {
          Thread.onSpinWait();
        }
        runs.incrementAndGet();
      });
      assertThat(runs).hasValue(2);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aClosedTeamSaysSo() {
    ThreadTeam team = new ThreadTeam(2);
    team.close();
    assertThatThrownBy(() -> team.run(worker -> {})).isInstanceOf(IllegalStateException.class);
  }
}
