package dev.loupe.vision;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Elementwise;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.numerics.ModuleId;
import java.io.IOException;

/**
 * Patches to vectors ({@code PatchEmbed} of modeling_qwen2_vl.py). The checkpoint stores a 3-D
 * convolution whose stride is its size, which is a linear layer on the values of one patch.
 */
final class PatchEmbedding {
  private final Linear proj;

  PatchEmbedding(LayerLoader weights, ModuleId id, VisionConfig config) throws IOException {
    proj = weights.convolution(id.child("proj"), config.patchShape(config.embedDim()));
  }

  /**
   * [patches, patch values] to [patches, embedDim].
   *
   * @param pixelValues float32 as the image processor made them; rounded to the compute type here
   */
  Tensor forward(Tensor pixelValues, Workspace w) {
    return proj.forward(Elementwise.rounded(pixelValues, w), w);
  }
}
