package dev.loupe.engine.diagnose;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.StageId;
import java.util.ArrayList;
import java.util.List;

/** Counts rows with NaN after each stage, up to the end of the first pass with NaN. */
final class NanSpread {
  private List<NanRows> rows = new ArrayList<>();
  private int pass;
  private boolean over;
  private int lastSoundLayer = Integer.MAX_VALUE;

  /** A stage of a pass has ended. */
  void stage(int pass, StageId stage, Tensor value) {
    if (over) {
      return;
    }
    if (this.pass != pass) {
      this.pass = pass;
      rows = new ArrayList<>();
    }
    NanRows nan = NanRows.of(stage, value.rowCount(), row -> hasNan(value, row));
    rows.add(nan);
    if (nan.nanRows() > 0
        && pass == 0
        && stage.part() == Part.DECODER
        && stage.layer().isPresent()) {
      lastSoundLayer = Math.min(lastSoundLayer, stage.layer().getAsInt());
    }
  }

  private static boolean hasNan(Tensor value, int row) {
    long from = (long) row * value.columnCount();
    for (long i = from; i < from + value.columnCount(); i++) {
      if (Float.isNaN(value.getFloat(i))) {
        return true;
      }
    }
    return false;
  }

  /** A pass has ended. */
  void passEnded() {
    over |= rows.stream().anyMatch(r -> r.nanRows() > 0);
  }

  /** Every stage of the first pass with NaN; none if there is none. */
  List<NanRows> rows() {
    return over ? rows : List.of();
  }

  /** The first pass with NaN; 0 if there is none. */
  int pass() {
    return over ? pass : 0;
  }

  /** The layer of the prompt's pass whose scores were the last without NaN. */
  int lastSoundLayer() {
    return lastSoundLayer;
  }
}
