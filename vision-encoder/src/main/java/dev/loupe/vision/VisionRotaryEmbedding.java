package dev.loupe.vision;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.RotaryEmbedding;
import dev.loupe.vision.preprocess.PatchGrid;
import java.util.List;

/**
 * Two-dimensional rotary positions of patches ({@code VisionRotaryEmbedding} and {@code
 * rot_pos_emb} of modeling_qwen2_vl.py): the first half of a head's angles turns with the patch's
 * row, the second with its column; time plays no part. Tables and products are float32 in every
 * profile.
 */
final class VisionRotaryEmbedding {
  private static final double THETA = 10_000;

  private final float[] inverseFrequencies;
  private final int mergeSize;

  VisionRotaryEmbedding(VisionConfig config) {
    inverseFrequencies = RotaryEmbedding.inverseFrequencies(THETA, config.headDim() / 2);
    mergeSize = config.spatialMergeSize();
  }

  /** The tables of all patches, in the order of the rows of {@code pixel_values}. */
  RotaryEmbedding forward(List<PatchGrid> grids, Workspace w) {
    int patches = grids.stream().mapToInt(PatchGrid::patches).sum();
    float[][] angles = new float[patches][];
    int row = 0;
    for (PatchGrid grid : grids) {
      for (int t = 0; t < grid.t(); t++) {
        for (int mh = 0; mh < grid.h(); mh += mergeSize) {
          for (int mw = 0; mw < grid.w(); mw += mergeSize) {
            for (int dh = 0; dh < mergeSize; dh++) {
              for (int dw = 0; dw < mergeSize; dw++) {
                angles[row++] = angles(mh + dh, mw + dw);
              }
            }
          }
        }
      }
    }
    return RotaryEmbedding.of(angles, DType.F32, DType.F32, w);
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
