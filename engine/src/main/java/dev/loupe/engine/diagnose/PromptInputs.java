package dev.loupe.engine.diagnose;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.StageId;

/** The tokens and pictures of a prompt as its run shows them. One run, one thread. */
public final class PromptInputs {
  private long[] ids = new long[0];
  private long[][] grids = new long[0][];

  /** Those of a run that has not begun. */
  public PromptInputs() {}

  /** A stage has ended; all but those of the inputs are passed over. */
  public void stage(StageId stage, Tensor value) {
    if (stage.equals(StageId.INPUT_IDS)) {
      ids = longs(value);
    } else if (stage.equals(StageId.GRID_THW)) {
      grids = new long[value.rowCount()][];
      for (int i = 0; i < grids.length; i++) {
        grids[i] = longs(value.rows(i, i + 1L));
      }
    }
  }

  private static long[] longs(Tensor t) {
    return t.segment().toArray(Tensor.LONG);
  }

  /** The ids of the tokens. */
  public long[] ids() {
    return ids;
  }

  /** {t, h, w} of pictures, then of clips, in patches. */
  public long[][] grids() {
    return grids;
  }
}
