package dev.loupe.vision;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Elementwise;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.LayerNorm;
import dev.loupe.tensor.nn.RotaryEmbedding;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.vision.preprocess.PatchGrid;
import java.io.IOException;
import java.util.List;

/** One pre-norm block: {@code Qwen2VLVisionBlock} of modeling_qwen2_vl.py. */
final class VisionBlock {
  private final OperationId sum;
  private final StageId stage;
  private final LayerNorm norm1;
  private final VisionAttention attn;
  private final LayerNorm norm2;
  private final VisionMlp mlp;

  VisionBlock(LayerLoader weights, ModuleId id, VisionConfig config) throws IOException {
    sum = id.output();
    stage = StageId.visionBlock(id.layer().orElseThrow());
    norm1 = weights.layerNorm(id.child("norm1"), config.embedDim(), VisionConfig.NORM_EPS);
    norm2 = weights.layerNorm(id.child("norm2"), config.embedDim(), VisionConfig.NORM_EPS);
    attn = new VisionAttention(weights, id.child("attn"), config);
    mlp = new VisionMlp(weights, id.child("mlp"), config);
  }

  /** Adds what the block computes to x [patches, embedDim], in place. */
  void forward(Tensor x, List<PatchGrid> grids, RotaryEmbedding rotary, Workspace w) {
    try (var _ = w.frame()) {
      Elementwise.add(sum, x, attn.forward(norm1.forward(x, w), grids, rotary, w), w);
    }
    try (var _ = w.frame()) {
      Elementwise.add(sum, x, mlp.forward(norm2.forward(x, w), w), w);
    }
    w.stage(stage, x);
  }
}
