package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.Part;
import java.util.List;

/**
 * How near the scores of eager attention come to {@link ExtremeScore#THRESHOLD} in a whole run, by
 * layer and head, and by token. Both lists are empty where scores are not rounded.
 *
 * @param layers of the tower, then of the decoder
 * @param tokens the largest magnitude of the scores in the decoder that a token takes part in, as
 *     query or as key, by position; NaN if all were NaN
 */
public record ScoreMargins(List<Layer> layers, List<Float> tokens) {

  /**
   * A layer.
   *
   * @param part the decoder or the vision tower
   * @param layer of the part
   * @param heads the largest magnitude of each query head before rounding; infinite if a float16
   *     accumulator overflowed, NaN if all scores were NaN
   */
  public record Layer(Part part, int layer, List<Float> heads) {

    /** Copies the list. */
    public Layer {
      heads = List.copyOf(heads);
    }
  }

  /** Copies the lists. */
  public ScoreMargins {
    layers = List.copyOf(layers);
    tokens = List.copyOf(tokens);
  }

  /** How far past the threshold a magnitude is, as a share of it; negative where it stays below. */
  public static float margin(float largest) {
    return largest / ExtremeScore.THRESHOLD - 1;
  }
}
