package dev.loupe.vision.image;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.util.stream.IntStream;

/**
 * The samples of a picture that a reader writes, with an eye on the clock: a few bytes of lossless
 * WebP make millions of pixels without another read, and without a report.
 */
final class DeadlineSamples extends DataBuffer {

  /** Samples are accessed far more often than the clock needs to be asked. */
  private static final int ACCESSES_PER_CHECK = 1 << 16;

  private final byte[] samples;
  private final Deadline deadline;
  private int accesses;

  private DeadlineSamples(byte[] samples, Deadline deadline) {
    super(TYPE_BYTE, samples.length);
    this.samples = samples;
    this.deadline = deadline;
  }

  /**
   * A picture over these samples.
   *
   * @param samples rows from the top, pixels from the left, each red, green, blue, and opacity
   *     where there are four
   * @param bands 3 or 4
   */
  static BufferedImage image(byte[] samples, int width, int height, int bands, Deadline deadline) {
    var layout =
        new PixelInterleavedSampleModel(
            TYPE_BYTE, width, height, bands, bands * width, IntStream.range(0, bands).toArray());
    boolean alpha = bands == 4;
    var colors =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            alpha,
            false,
            alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            TYPE_BYTE);
    var raster = Raster.createWritableRaster(layout, new DeadlineSamples(samples, deadline), null);
    return new BufferedImage(colors, raster, false, null);
  }

  @Override
  public int getElem(int bank, int i) {
    return samples[i] & 0xff;
  }

  @Override
  public void setElem(int bank, int i, int sample) {
    if (++accesses % ACCESSES_PER_CHECK == 0) {
      deadline.check();
    }
    samples[i] = (byte) sample;
  }
}
