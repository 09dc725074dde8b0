package dev.loupe.vision;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Attention;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.nn.RotaryEmbedding;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.vision.preprocess.PatchGrid;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
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
    return proj.forward(attention.full(q, frames(grids), w), w);
  }

  /** How many patches each frame has. */
  private static List<Integer> frames(List<PatchGrid> grids) {
    List<Integer> frames = new ArrayList<>();
    for (PatchGrid grid : grids) {
      frames.addAll(Collections.nCopies(grid.t(), grid.h() * grid.w()));
    }
    return frames;
  }
}
