package dev.loupe.vision;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Elementwise;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import java.io.IOException;

/** fc2(quickGelu(fc1(x))): {@code VisionMlp} of modeling_qwen2_vl.py. */
final class VisionMlp {
  private final String act;
  private final Linear fc1;
  private final Linear fc2;

  VisionMlp(LayerLoader weights, String name, VisionConfig config) throws IOException {
    act = name + ".act";
    fc1 = weights.linear(name + ".fc1", config.mlpWidth(), config.embedDim());
    fc2 = weights.linear(name + ".fc2", config.embedDim(), config.mlpWidth());
  }

  Tensor forward(Tensor x, Workspace w) {
    return fc2.forward(Elementwise.quickGelu(act, fc1.forward(x, w), w), w);
  }
}
