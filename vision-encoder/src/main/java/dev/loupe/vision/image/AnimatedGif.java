package dev.loupe.vision.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageReader;

/**
 * The frames of an animated GIF as they appear on its screen, each drawn over what the one before
 * left there (GIF89a, section 23: disposal methods).
 *
 * <p>The screen begins as for the {@linkplain GifPicture first frame alone}, and what is disposed
 * of shows that again. A frame that asks for less than 20 ms lasts 100 ms, as in browsers.
 */
final class AnimatedGif {
  private static final int SHORTEST_DELAY = 20;
  private static final int NO_DELAY = 100;
  private static final double FRAMES_PER_SECOND = 2;
  private static final int LEAST_FRAMES = 4;
  private static final int MOST_FRAMES = 768;

  private final byte[] reduced;
  private final String name;
  private final List<GifBlocks.Frame> frames;
  private final int width;
  private final int height;
  private final Deadline deadline;

  private AnimatedGif(GifBlocks blocks, String name, Deadline deadline) {
    this.reduced = blocks.reduced();
    this.name = name;
    this.frames = blocks.frames();
    this.width = blocks.width();
    this.height = blocks.height();
    this.deadline = deadline;
  }

  /** Reads where the frames lie; no pixel yet. */
  static AnimatedGif open(byte[] file, String name, Deadline deadline) throws IOException {
    return new AnimatedGif(GifBlocks.read(file, name, Integer.MAX_VALUE), name, deadline);
  }

  /** How long each frame lasts, in milliseconds. */
  int[] delays() {
    return frames.stream()
        .mapToInt(frame -> frame.millis() < SHORTEST_DELAY ? NO_DELAY : frame.millis())
        .toArray();
  }

  /**
   * Some of the frames.
   *
   * @param wanted in ascending order
   * @throws ImageFormatException if all of them together have more pixels than the limit
   */
  List<RgbImage> frames(int[] wanted, PixelLimit limit) throws IOException {
    limit.check(name, width, height);
    limit.checkAll(name, width, height, wanted.length);
    ImageReader reader = ImageFormat.GIF.open(reduced, deadline);
    try {
      List<RgbImage> shown = new ArrayList<>();
      byte[] screen = {};
      byte[] empty = {};
      for (int i = 0; shown.size() < wanted.length; i++) {
        deadline.check();
        GifBlocks.Frame layout = frames.get(i);
        BufferedImage image = reader.read(i);
        IndexColorModel colors = (IndexColorModel) image.getColorModel();
        if (i == 0) {
          empty = GifPicture.background(width, height, colors);
          screen = empty.clone();
        }
        byte[] before = layout.disposal() == GifBlocks.TO_PREVIOUS ? screen.clone() : screen;
        draw(image.getRaster(), colors, layout, screen);
        if (wanted[shown.size()] == i) {
          String frame = "%s, frame %d".formatted(name, i);
          shown.add(new RgbImage(frame, width, height, screen.clone()));
        }
        screen = before;
        if (layout.disposal() == GifBlocks.TO_BACKGROUND) {
          restore(empty, layout, screen);
        }
      }
      return shown;
    } finally {
      reader.dispose();
    }
  }

  /** Every pixel that is not transparent covers what was there. */
  private void draw(Raster raster, IndexColorModel colors, GifBlocks.Frame at, byte[] screen) {
    int entries = colors.getMapSize();
    int[] row = new int[raster.getWidth()];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, 0, row);
      int to = ((at.top() + y) * width + at.left()) * RgbImage.CHANNELS;
      for (int index : row) {
        if (index != colors.getTransparentPixel()) {
          // An index beyond the palette is black, as in a single picture.
          boolean known = index < entries;
          screen[to] = (byte) (known ? colors.getRed(index) : 0);
          screen[to + 1] = (byte) (known ? colors.getGreen(index) : 0);
          screen[to + 2] = (byte) (known ? colors.getBlue(index) : 0);
        }
        to += RgbImage.CHANNELS;
      }
    }
  }

  private void restore(byte[] empty, GifBlocks.Frame at, byte[] screen) {
    for (int y = at.top(); y < at.top() + at.height(); y++) {
      int from = (y * width + at.left()) * RgbImage.CHANNELS;
      System.arraycopy(empty, from, screen, from, at.width() * RgbImage.CHANNELS);
    }
  }

  /**
   * Which frames of a clip a model looks at, as {@code smart_nframes} and {@code
   * _read_video_torchvision} of qwen_vl_utils choose them: two for each second, at least 4 and at
   * most 768, an even number, evenly spread from the first to the last. Where frames last
   * differently long they are spread evenly in time.
   *
   * @param delays how long each frame lasts, in milliseconds
   * @return indices in ascending order; all frames where there are fewer than two
   */
  static int[] sample(int[] delays) {
    int total = delays.length;
    if (total < 2) {
      return IntStream.range(0, total).toArray();
    }
    double wanted = Arrays.stream(delays).asLongStream().sum() / 1000.0 * FRAMES_PER_SECOND;
    int most = Math.min(MOST_FRAMES, total) / 2 * 2;
    int count = (int) Math.min(Math.max(wanted, LEAST_FRAMES), most) / 2 * 2;
    long last = Arrays.stream(delays, 0, total - 1).asLongStream().sum();
    int[] indices = new int[count];
    int frame = 0;
    long start = 0;
    for (int k = 0; k < count; k++) {
      double time = (double) last * k / (count - 1);
      while (frame < total - 2 && start + delays[frame] <= time) {
        start += delays[frame++];
      }
      indices[k] = (int) Math.rint(frame + (time - start) / delays[frame]);
    }
    return indices;
  }
}
