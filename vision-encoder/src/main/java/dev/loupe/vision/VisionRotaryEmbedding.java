package dev.loupe.vision;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.RotaryEmbedding;
import dev.loupe.vision.preprocess.PatchGrid;
import java.util.ArrayList;
import java.util.List;

/**
 * Two-dimensional rotary positions of patches ({@code VisionRotaryEmbedding} and {@code
 * rot_pos_emb} of modeling_qwen2_vl.py): the first half of a head's angles turns with the patch's
 * row, the second with its column; time has no influence. Tables and products are float32 in every
 * profile.
 */
final class VisionRotaryEmbedding {
  private static final double THETA = 10_000;

  private final float[] inverseFrequencies;

  VisionRotaryEmbedding(VisionConfig config) {
    inverseFrequencies = RotaryEmbedding.inverseFrequencies(THETA, config.headDim() / 2);
  }

  /** The tables of all patches, in the order of the rows of {@code pixel_values}. */
  RotaryEmbedding forward(List<PatchGrid> grids, Workspace w) {
    int patches = grids.stream().mapToInt(PatchGrid::patches).sum();
    List<float[]> angles = new ArrayList<>(patches);
    for (PatchGrid grid : grids) {
      grid.forEachPatch((_, row, column) -> angles.add(angles(row, column)));
    }
    return RotaryEmbedding.of(angles.toArray(float[][]::new), DType.F32, DType.F32, w);
  }

  private float[] angles(int row, int column) {
    int n = inverseFrequencies.length;
    float[] angles = new float[2 * n];
    for (int i = 0; i < n; i++) {
      angles[i] = row * inverseFrequencies[i];
      angles[n + i] = column * inverseFrequencies[i];
    }
    return angles;
  }
}
