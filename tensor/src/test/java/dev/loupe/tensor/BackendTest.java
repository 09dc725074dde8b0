package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

class BackendTest {

  @Test
  void littleWorkIsDoneByTheCallerAloneAndMuchIsShared() {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CyclicBarrier both = new CyclicBarrier(2);
    try (Backend backend = Backend.scalar(2)) {
      backend.parallel(2, 1000, (_, _, _) -> threads.add(Thread.currentThread()));
      assertThat(threads).containsExactly(Thread.currentThread());
      backend.parallel(
          2,
          1_000_000,
          (_, _, _) -> {
            threads.add(Thread.currentThread());
            meet(both);
          });
    }
    assertThat(threads).hasSize(2);
  }

  private static void meet(CyclicBarrier both) {
    try {
      both.await();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
