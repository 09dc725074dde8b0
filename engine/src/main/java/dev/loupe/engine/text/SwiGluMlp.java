package dev.loupe.engine.text;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Elementwise;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Step;
import java.io.IOException;

/**
 * down(silu(gate(x)) * up(x)) (Shazeer, arXiv 2002.05202; {@code Qwen2MLP} of
 * modeling_qwen2_vl.py).
 */
final class SwiGluMlp {
  private final OperationId act;
  private final OperationId product;
  private final Linear gateProj;
  private final Linear upProj;
  private final Linear downProj;

  SwiGluMlp(LayerLoader weights, ModuleId id, TextConfig config) throws IOException {
    act = id.child("act_fn").output();
    product = id.step(Step.PRODUCT);
    int width = config.hiddenSize();
    int inner = config.intermediateSize();
    gateProj = weights.linearWithoutBias(id.child("gate_proj"), inner, width);
    upProj = weights.linearWithoutBias(id.child("up_proj"), inner, width);
    downProj = weights.linearWithoutBias(id.child("down_proj"), width, inner);
  }

  Tensor forward(Tensor x, Workspace w) {
    Tensor gate = Elementwise.silu(act, gateProj.forward(x, w), w);
    return downProj.forward(Elementwise.multiply(product, gate, upProj.forward(x, w), w), w);
  }
}
