package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The memory that a forward pass takes and gives back. */
class WorkspaceTest {
  private static final int MEGABYTE = 1 << 18; // Of float32.

  private final Backend backend = Backend.scalar(1);
  private final Workspace w = new Workspace(backend, NumericsProfile.FLOAT32, NumericsTrace.NONE);

  @AfterEach
  void close() {
    w.close();
    backend.close();
  }

  /** An attention takes 1, 3, 1, 1 and 1; an MLP 1, 4 and 1: no more than 7 at once. */
  @Test
  void layersWhoseSizesAlternateShareTheirMemory() {
    for (int layer = 0; layer < 3; layer++) {
      takeAndGiveBack(1, 3, 1, 1, 1);
      takeAndGiveBack(1, 4, 1);
    }
    assertThat(w.bytes()).isLessThanOrEqualTo(8L << 20);
  }

  @Test
  void whatWasTakenOnceIsThereAgain() {
    takeAndGiveBack(2, 5, 1);
    long bytes = w.bytes();
    for (int pass = 0; pass < 3; pass++) {
      takeAndGiveBack(2, 5, 1);
      takeAndGiveBack(1, 1, 1);
    }
    assertThat(w.bytes()).isEqualTo(bytes);
  }

  @Test
  void aLargerSlabTakesThePlaceOfOneThatIsNotInUse() {
    takeAndGiveBack(2);
    takeAndGiveBack(9);
    assertThat(w.bytes()).isEqualTo(9L << 20);
  }

  @Test
  void whatAnOpenFrameHasTakenStays() {
    Tensor outer = w.matrix(2, MEGABYTE);
    outer.segment().set(Tensor.FLOAT, 0, 3f);
    takeAndGiveBack(1);
    takeAndGiveBack(7, 0, 3);
    assertThat(outer.getFloat(0)).isEqualTo(3);
  }

  private void takeAndGiveBack(int... megabytes) {
    try (var _ = w.frame()) {
      for (int rows : megabytes) {
        Tensor taken = w.matrix(rows, MEGABYTE);
        taken.segment().fill((byte) 1);
      }
    }
  }
}
