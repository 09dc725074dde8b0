package dev.loupe.vision;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Elementwise;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.OperationId;
import java.io.IOException;

/** fc2(quickGelu(fc1(x))): {@code VisionMlp} of modeling_qwen2_vl.py. */
final class VisionMlp {
  private final OperationId act;
  private final Linear fc1;
  private final Linear fc2;

  VisionMlp(LayerLoader weights, ModuleId id, VisionConfig config) throws IOException {
    act = id.child("act").output();
    fc1 = weights.linear(id.child("fc1"), config.mlpWidth(), config.embedDim());
    fc2 = weights.linear(id.child("fc2"), config.embedDim(), config.mlpWidth());
  }

  Tensor forward(Tensor x, Workspace w) {
    return fc2.forward(Elementwise.quickGelu(act, fc1.forward(x, w), w), w);
  }
}
