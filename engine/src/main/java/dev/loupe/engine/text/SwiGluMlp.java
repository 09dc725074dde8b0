package dev.loupe.engine.text;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Elementwise;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import java.io.IOException;

/**
 * down(silu(gate(x)) * up(x)) (Shazeer, arXiv 2002.05202; {@code Qwen2MLP} of
 * modeling_qwen2_vl.py).
 */
final class SwiGluMlp {
  private final String act;
  private final String product;
  private final Linear gateProj;
  private final Linear upProj;
  private final Linear downProj;

  SwiGluMlp(LayerLoader weights, String name, TextConfig config) throws IOException {
    act = name + ".act_fn";
    product = name + ".product";
    int width = config.hiddenSize();
    int inner = config.intermediateSize();
    gateProj = weights.linearWithoutBias(name + ".gate_proj", inner, width);
    upProj = weights.linearWithoutBias(name + ".up_proj", inner, width);
    downProj = weights.linearWithoutBias(name + ".down_proj", width, inner);
  }

  Tensor forward(Tensor x, Workspace w) {
    Tensor gate = Elementwise.silu(act, gateProj.forward(x, w), w);
    return downProj.forward(Elementwise.multiply(product, gate, upProj.forward(x, w), w), w);
  }
}
