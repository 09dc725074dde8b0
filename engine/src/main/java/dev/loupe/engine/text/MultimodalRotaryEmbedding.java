package dev.loupe.engine.text;

import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.RotaryEmbedding;
import java.util.List;

/**
 * Rotary positions with three streams ({@code Qwen2VLRotaryEmbedding} and {@code
 * apply_multimodal_rotary_pos_emb} of modeling_qwen2_vl.py): contiguous sections of the frequencies
 * turn with time, row and column. Cosines, sines and products are rounded to the compute type.
 */
final class MultimodalRotaryEmbedding {
  private final float[] inverseFrequencies;
  private final int[] streamOf;

  MultimodalRotaryEmbedding(TextConfig config) {
    inverseFrequencies = RotaryEmbedding.inverseFrequencies(config.ropeTheta(), config.headDim());
    streamOf = streams(config.mropeSection());
  }

  private static int[] streams(List<Integer> sections) {
    int[] streamOf = new int[sections.stream().mapToInt(Integer::intValue).sum()];
    int i = 0;
    for (int stream = 0; stream < sections.size(); stream++) {
      for (int n = 0; n < sections.get(stream); n++) {
        streamOf[i++] = stream;
      }
    }
    return streamOf;
  }

  RotaryEmbedding forward(RopePositions positions, Workspace w) {
    float[][] angles = new float[positions.tokens()][streamOf.length];
    for (int t = 0; t < angles.length; t++) {
      for (int i = 0; i < streamOf.length; i++) {
        angles[t][i] = positions.streams()[streamOf[i]][t] * inverseFrequencies[i];
      }
    }
    return RotaryEmbedding.of(angles, w.compute(), w.compute(), w);
  }
}
