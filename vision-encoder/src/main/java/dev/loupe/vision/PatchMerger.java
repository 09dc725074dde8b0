package dev.loupe.vision;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Elementwise;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.LayerNorm;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.OperationId;
import java.io.IOException;

/**
 * Neighbouring patches to one token ({@code PatchMerger} of modeling_qwen2_vl.py). The patches of a
 * window, 2 x 2 in all published models, are consecutive rows, so joining them is only another view
 * of the memory.
 */
final class PatchMerger {
  private final LayerNorm lnQ;
  private final Linear mlp0;
  private final OperationId mlp1;
  private final Linear mlp2;
  private final int joined;

  PatchMerger(LayerLoader weights, ModuleId id, VisionConfig config) throws IOException {
    joined = config.embedDim() * config.mergeUnit();
    lnQ = weights.layerNorm(id.child("ln_q"), config.embedDim(), VisionConfig.NORM_EPS);
    mlp0 = weights.linear(id.child("mlp.0"), joined, joined);
    mlp1 = id.child("mlp.1").output();
    mlp2 = weights.linear(id.child("mlp.2"), config.hiddenSize(), joined);
  }

  /** [patches, embedDim] to [tokens, hiddenSize]. */
  Tensor forward(Tensor x, Workspace w) {
    Tensor z = lnQ.forward(x, w).reshape(x.shape().elements() / joined, joined);
    return mlp2.forward(Elementwise.gelu(mlp1, mlp0.forward(z, w), w), w);
  }
}
