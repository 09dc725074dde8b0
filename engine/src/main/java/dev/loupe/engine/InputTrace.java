package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.vision.preprocess.PatchGrid;
import java.lang.foreign.Arena;
import java.util.stream.LongStream;

/** Shows an observer the inputs of the model. */
final class InputTrace {
  private InputTrace() {}

  /** Shows tokens and positions, and if there are pictures their patches and grids. */
  static void show(EncodedPrompt prompt, Tensor patches, Arena arena, Workspace w) {
    if (!w.traced()) {
      return;
    }
    int tokens = prompt.length();
    long[] ids = new long[tokens];
    long[] positionIds = new long[3 * tokens];
    for (int i = 0; i < tokens; i++) {
      ids[i] = prompt.ids()[i];
      for (int s = 0; s < 3; s++) {
        positionIds[s * tokens + i] = prompt.positions().streams()[s][i];
      }
    }
    w.stage(StageId.INPUT_IDS, Tensor.ofLongs(arena, ids, tokens));
    w.stage(StageId.POSITION_IDS, Tensor.ofLongs(arena, positionIds, 3, tokens));
    if (!prompt.pictures().isEmpty()) {
      w.stage(StageId.PIXEL_VALUES, patches);
      long[] sides = prompt.grids().stream().flatMapToLong(InputTrace::sides).toArray();
      w.stage(StageId.GRID_THW, Tensor.ofLongs(arena, sides, prompt.grids().size(), 3));
    }
  }

  private static LongStream sides(PatchGrid grid) {
    return LongStream.of(grid.t(), grid.h(), grid.w());
  }
}
