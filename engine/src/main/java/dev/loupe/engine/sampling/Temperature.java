package dev.loupe.engine.sampling;

/**
 * Divides every score by the temperature ({@code TemperatureLogitsWarper}).
 *
 * <p>The temperature is rounded to float32 and the division is a true one, as on PyTorch's CPU; on
 * CUDA PyTorch multiplies by the float32 reciprocal.
 *
 * @param temperature above 0; below 1 sharpens the distribution, above 1 flattens it
 */
public record Temperature(double temperature) implements LogitsProcessor {

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if it is left
   */
  public Temperature {
    if (!(temperature > 0)) {
      throw new IllegalArgumentException(
          "temperature: expected a number above 0, found "
              + temperature
              + "; for the most likely token turn sampling off instead");
    }
    // Scores are divided in float32, where a smaller number is 0 and a larger one infinite.
    if ((float) temperature == 0 || (float) temperature > Float.MAX_VALUE) {
      throw new IllegalArgumentException(
          "temperature: expected a number within float32 (1e-45 to 3e38), found " + temperature);
    }
  }

  @Override
  public void process(int[] ids, int length, float[] scores) {
    float t = (float) temperature;
    for (int i = 0; i < scores.length; i++) {
      scores[i] /= t;
    }
  }
}
