package dev.loupe.engine;

import dev.loupe.engine.text.KvCache;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * Runs single stages, each from the golden result of the stage before, so that what differs was
 * made by that stage.
 */
record SingleStages(LoadedModel loaded, ModelInput input, SafetensorsFile golden, Workspace w) {

  /**
   * Counts how the stages of a prompt differ from the golden ones, and from those with all sums
   * from the last term to the first.
   */
  static void compare(
      LoadedModel model,
      NumericsProfile profile,
      Prompt prompt,
      SafetensorsFile golden,
      StageDifferences fromPyTorch,
      StageDifferences fromOtherOrder)
      throws IOException {
    NumericsProfile descending = profile.with(Accumulation.DESCENDING);
    try (Arena arena = Arena.ofShared();
        Workspace w = new Workspace(model.backend(), profile, NumericsTrace.NONE);
        Workspace backwards = new Workspace(model.backend(), descending, NumericsTrace.NONE)) {
      ModelInput input = ModelInput.of(model, prompt, arena);
      SingleStages ours = new SingleStages(model, input, golden, w);
      SingleStages theirs = new SingleStages(model, input, golden, backwards);
      for (String stage : golden.entries().keySet()) {
        if (ours.has(stage)) {
          Tensor result = ours.run(stage);
          fromPyTorch.add(stage, golden.tensor(stage), result);
          fromOtherOrder.add(stage, result, theirs.run(stage));
        }
      }
    }
  }

  private boolean has(String stage) {
    return stage.startsWith("visual.blocks.")
        || stage.startsWith("layers.")
        || List.of("visual.merger", "norm", "logits").contains(stage);
  }

  private Tensor run(String stage) throws IOException {
    int n = stage.matches(".*\\d") ? Integer.parseInt(stage.replaceAll(".*\\.", "")) : 0;
    MultimodalModel model = loaded.model();
    if (stage.startsWith("visual.blocks.")) {
      Tensor x = before(n == 0 ? "visual.patch_embed" : "visual.blocks." + (n - 1));
      model.visual().blocks(n, n + 1, x, input.grids(), w);
      return x;
    }
    if (stage.startsWith("layers.")) {
      Tensor x = before(n == 0 ? "inputs_embeds" : "layers." + (n - 1));
      try (KvCache cache = model.newCache()) {
        model.decoder().layers(n, n + 1, x, input.positions(model), cache, w);
      }
      return x;
    }
    return switch (stage) {
      case "visual.merger" -> model.visual().merge(before("visual.blocks.3"), w);
      case "norm" -> model.decoder().normed(before("layers.3"), w);
      default -> model.logits(before("norm"), w);
    };
  }

  private Tensor before(String stage) throws IOException {
    Tensor stored = golden.tensor(stage);
    Tensor x = w.matrix(stored.rowCount(), stored.columnCount());
    for (long i = 0; i < stored.shape().elements(); i++) {
      x.segment().set(Tensor.FLOAT, i * 4, stored.getFloat(i));
    }
    return x;
  }
}
