package dev.loupe.vision.preprocess;

import dev.loupe.vision.image.RgbImage;
import java.util.Arrays;

/**
 * Bicubic scaling of 8-bit pictures, bit for bit as Pillow's {@code Image.resize(..., BICUBIC)}.
 *
 * <p>Two passes, first along the rows, then along the columns, with 8-bit samples in between; a
 * pass that changes nothing is left out. Each output is a sum of samples times 22-bit fixed-point
 * weights. When shrinking, the kernel is stretched to cover all samples that fall into an output.
 *
 * <p>Source: the algorithm of Pillow's {@code src/libImaging/Resample.c}, 12.3.
 */
final class BicubicResampler {

  /** 32 bits less 8 for the sample less 2 for the sum of weights, which may exceed 1. */
  private static final int PRECISION_BITS = 32 - 8 - 2;

  private static final int HALF = 1 << (PRECISION_BITS - 1);

  /** The kernel reaches two samples to each side. */
  private static final double SUPPORT = 2.0;

  /** The sharpness of the cubic; Pillow's choice. */
  private static final double A = -0.5;

  private static final int CHANNELS = RgbImage.CHANNELS;

  private BicubicResampler() {}

  /** The picture scaled to {@code width} x {@code height}. */
  static RgbImage resize(RgbImage image, int width, int height) {
    byte[] samples =
        width == image.width()
            ? image.toByteArray()
            : alongRows(image, Weights.of(image.width(), width));
    if (height != image.height()) {
      samples = alongColumns(samples, width, Weights.of(image.height(), height));
    }
    return RgbImage.of(width, height, samples).named(image.name());
  }

  private static byte[] alongRows(RgbImage image, Weights weights) {
    int width = weights.first.length;
    byte[] in = new byte[image.width() * CHANNELS];
    byte[] out = new byte[Math.multiplyExact(image.height(), width * CHANNELS)];
    int to = 0;
    for (int y = 0; y < image.height(); y++) {
      image.copyRow(y, in);
      for (int x = 0; x < width; x++) {
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        int from = weights.first[x] * CHANNELS;
        int k = x * weights.stride;
        for (int end = k + weights.count[x]; k < end; k++, from += CHANNELS) {
          int weight = weights.fixed[k];
          red += (in[from] & 0xff) * weight;
          green += (in[from + 1] & 0xff) * weight;
          blue += (in[from + 2] & 0xff) * weight;
        }
        out[to++] = clip(red);
        out[to++] = clip(green);
        out[to++] = clip(blue);
      }
    }
    return out;
  }

  /** Sums whole rows, so that the inner loop walks along memory. */
  private static byte[] alongColumns(byte[] in, int width, Weights weights) {
    int height = weights.first.length;
    int rowSamples = width * CHANNELS;
    byte[] out = new byte[Math.multiplyExact(height, rowSamples)];
    int[] sums = new int[rowSamples];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, HALF);
      for (int j = 0; j < weights.count[y]; j++) {
        int weight = weights.fixed[y * weights.stride + j];
        int row = (weights.first[y] + j) * rowSamples;
        for (int i = 0; i < rowSamples; i++) {
          sums[i] += (in[row + i] & 0xff) * weight;
        }
      }
      for (int i = 0; i < rowSamples; i++) {
        out[y * rowSamples + i] = clip(sums[i]);
      }
    }
    return out;
  }

  private static byte clip(int sum) {
    return (byte) Math.clamp(sum >> PRECISION_BITS, 0, 255);
  }

  /**
   * The weights along one axis.
   *
   * @param first the first input sample of each output
   * @param count how many input samples each output uses
   * @param fixed the weights, {@code stride} elements for each output
   */
  private record Weights(int[] first, int[] count, int[] fixed, int stride) {

    static Weights of(int in, int out) {
      double scale = (double) in / out;
      double stretch = Math.max(scale, 1.0);
      double support = SUPPORT * stretch;
      double shrink = 1.0 / stretch;
      int stride = (int) Math.ceil(support) * 2 + 1;
      int[] first = new int[out];
      int[] count = new int[out];
      int[] fixed = new int[Math.multiplyExact(out, stride)];
      double[] weights = new double[stride];
      for (int i = 0; i < out; i++) {
        double center = (i + 0.5) * scale;
        int low = Math.max(0, (int) (center - support + 0.5));
        int n = Math.min(in, (int) (center + support + 0.5)) - low;
        double sum = 0;
        for (int j = 0; j < n; j++) {
          weights[j] = kernel((j + low - center + 0.5) * shrink);
          sum += weights[j];
        }
        for (int j = 0; j < n; j++) {
          double weight = sum == 0 ? weights[j] : weights[j] / sum;
          double scaled = weight * (1 << PRECISION_BITS);
          fixed[i * stride + j] = (int) (weight < 0 ? scaled - 0.5 : scaled + 0.5);
        }
        first[i] = low;
        count[i] = n;
      }
      return new Weights(first, count, fixed, stride);
    }

    /** Keys' cubic; the bracketing decides the last bit of the weights. */
    private static double kernel(double position) {
      double x = Math.abs(position);
      if (x < 1) {
        return ((A + 2) * x - (A + 3)) * x * x + 1;
      }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    }
  }
}
