package dev.loupe.vision.preprocess;

import dev.loupe.vision.image.RgbImage;

/**
 * The float32 value of every byte in every channel: rescaled, then normalised.
 *
 * <p>As the PIL variant of the image processor computes it: the byte times the rescale factor in
 * double, rounded to float32; less the mean and divided by the deviation in float32.
 */
final class NormalizationTable {
  private static final int LEVELS = 256;

  private final float[] values;

  NormalizationTable(ImageProcessorConfig config) {
    values = new float[RgbImage.CHANNELS * LEVELS];
    for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
      float mean = config.imageMean().get(channel).floatValue();
      float std = config.imageStd().get(channel).floatValue();
      for (int level = 0; level < LEVELS; level++) {
        float rescaled = (float) (level * config.rescaleFactor());
        values[channel * LEVELS + level] = (rescaled - mean) / std;
      }
    }
  }

  /** The value of a sample; the byte is taken as unsigned. */
  float value(int channel, byte sample) {
    return values[channel * LEVELS + (sample & 0xff)];
  }
}
