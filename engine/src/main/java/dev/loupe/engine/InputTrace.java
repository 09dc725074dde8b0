package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.vision.preprocess.PatchGrid;
import java.lang.foreign.Arena;
import java.util.stream.LongStream;

/** Shows an observer what goes into the model. */
final class InputTrace {
  private InputTrace() {}

  /** Shows tokens and positions, and if there are pictures their patches and grids. */
  static void show(EncodedPrompt prompt, Tensor patches, Arena arena, Workspace w) {
    if (!w.traced()) {
      return;
    }
    int tokens = prompt.length();
    long[] ids = new long[tokens];
    long[] places = new long[3 * tokens];
    for (int i = 0; i < tokens; i++) {
      ids[i] = prompt.ids()[i];
      for (int s = 0; s < 3; s++) {
        places[s * tokens + i] = prompt.positions().streams()[s][i];
      }
    }
    w.stage("input_ids", Tensor.ofLongs(arena, ids, tokens));
    w.stage("position_ids", Tensor.ofLongs(arena, places, 3, tokens));
    if (!prompt.pictures().isEmpty()) {
      w.stage("pixel_values", patches);
      long[] sides = prompt.grids().stream().flatMapToLong(InputTrace::sides).toArray();
      w.stage("grid_thw", Tensor.ofLongs(arena, sides, prompt.grids().size(), 3));
    }
  }

  private static LongStream sides(PatchGrid grid) {
    return LongStream.of(grid.t(), grid.h(), grid.w());
  }
}
