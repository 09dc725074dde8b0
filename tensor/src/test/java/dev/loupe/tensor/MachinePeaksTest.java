package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.internal.PeakKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class MachinePeaksTest {

  @Test
  void bothPeaksAreMeasuredWithAnyNumberOfThreads() {
    for (int threads = 1; threads <= 3; threads++) {
      try (Backend backend = Backend.open(threads);
          MachinePeaks peaks = new MachinePeaks(backend, 4 << 20, 1 << 12)) {
        assertThat(peaks.flopsPerSecond()).isPositive().isFinite();
        assertThat(peaks.readBytesPerSecond()).isPositive().isFinite();
      }
    }
  }

  @Test
  void everyByteOfABlockIsRead() {
    PeakKernels kernels = PeakKernels.best();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(3L * PeakKernels.BLOCK);
      for (int at = 0; at < PeakKernels.BLOCK; at += 4093) {
        memory.fill((byte) 0);
        memory.set(ValueLayout.JAVA_BYTE, PeakKernels.BLOCK + at, (byte) 1);
        // The scalar sum keeps its low half, the vector sum all lanes, so only the latter shows
        // all.
        int expected = 1 << at % 4 * 8;
        if (at % 8 < 4) {
          assertThat(kernels.read(memory, PeakKernels.BLOCK)).isEqualTo(expected);
        }
        assertThat(kernels.read(memory, 0)).isZero();
      }
    }
  }

  @Test
  void theChainsCountTheirOperations() {
    assertThat(PeakKernels.best().operations()).isGreaterThanOrEqualTo(16);
    assertThat(PeakKernels.best().multiplyAdd(1000)).isGreaterThan(1000);
  }
}
