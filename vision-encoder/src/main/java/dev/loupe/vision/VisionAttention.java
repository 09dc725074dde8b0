package dev.loupe.vision;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Attention;
import dev.loupe.tensor.nn.KeyValues;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.nn.RotaryEmbedding;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.vision.preprocess.PatchGrid;
import java.io.IOException;
import java.util.List;

/**
 * Attention among the patches of one frame ({@code VisionAttention} of modeling_qwen2_vl.py): each
 * patch sees every patch of its own frame and none of another.
 */
final class VisionAttention {
  private final Linear qkv;
  private final Linear proj;
  private final Attention attention;
  private final OperationId rotatedQueries;
  private final OperationId rotatedKeys;
  private final int width;

  VisionAttention(LayerLoader weights, ModuleId id, VisionConfig config) throws IOException {
    width = config.embedDim();
    qkv = weights.linear(id.child("qkv"), 3 * width, width);
    proj = weights.linear(id.child("proj"), width, width);
    attention = new Attention(id, config.numHeads(), config.headDim());
    rotatedQueries = id.step(Step.ROTATED_QUERIES);
    rotatedKeys = id.step(Step.ROTATED_KEYS);
  }

  Tensor forward(Tensor x, List<PatchGrid> grids, RotaryEmbedding rotary, Workspace w) {
    Tensor q = qkv.forward(x, w);
    rotary.rotate(rotatedQueries, q, 0, attention.heads(), w);
    rotary.rotate(rotatedKeys, q, width, attention.heads(), w);
    Tensor out = w.matrix(x.rowCount(), width);
    int first = 0;
    for (PatchGrid grid : grids) {
      int patches = grid.h() * grid.w();
      for (int t = 0; t < grid.t(); t++, first += patches) {
        frame(q, first, patches, out, w);
      }
    }
    return proj.forward(out, w);
  }

  private void frame(Tensor qkvRows, int first, int patches, Tensor out, Workspace w) {
    try (var _ = w.frame()) {
      KeyValues kv = KeyValues.fixed(attention.heads(), attention.headDim(), patches, w);
      kv.append(qkvRows, first, patches, width, 2 * width, w);
      attention.full(qkvRows, 0, first, patches, kv, out, w);
    }
  }
}
