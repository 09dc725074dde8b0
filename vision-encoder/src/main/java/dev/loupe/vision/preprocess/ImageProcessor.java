package dev.loupe.vision.preprocess;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.vision.image.RgbImage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * From upright RGB to {@code pixel_values}: resize, rescale, normalise, cut into patches.
 *
 * <p>Source: {@code Qwen2VLImageProcessorPil} of transformers 5.18, equal to the slow processor of
 * 4.57; the results are the same bit for bit. Immutable and safe for use by several threads.
 */
public final class ImageProcessor {
  private final ImageProcessorConfig config;
  private final SmartResize smartResize;
  private final NormalizationTable table;

  /** A processor with these settings. */
  public ImageProcessor(ImageProcessorConfig config) {
    this.config = config;
    this.smartResize = new SmartResize(config.tokenSide(), config.minPixels(), config.maxPixels());
    this.table = new NormalizationTable(config);
  }

  /** The settings. */
  public ImageProcessorConfig config() {
    return config;
  }

  /**
   * The grid that {@link #process(List, Arena)} will cut a clip, or an image as its only frame,
   * into, from the sizes alone.
   *
   * @param frames in order of time, at least one
   * @throws IllegalArgumentException if there is no frame, or one side is more than 200 times the
   *     other
   */
  public PatchGrid grid(List<RgbImage> frames) {
    requireFrame(frames);
    RgbImage first = frames.getFirst();
    SmartResize.Size size = smartResize.apply(first.name(), first.height(), first.width());
    return grid(frames.size(), size.height(), size.width());
  }

  private PatchGrid grid(int frames, int height, int width) {
    int side = config.patchSize();
    return new PatchGrid(
        Math.ceilDiv(frames, config.temporalPatchSize()),
        height / side,
        width / side,
        config.mergeSize());
  }

  private static void requireFrame(List<RgbImage> frames) {
    if (frames.isEmpty()) {
      throw new IllegalArgumentException("clip: expected at least 1 frame, found 0");
    }
  }

  /**
   * The patches of one image. It is shown to the tower as {@code temporal_patch_size} equal frames.
   *
   * @param arena where {@code pixel_values} are allocated
   * @throws IllegalArgumentException if one side is more than 200 times the other
   */
  public ProcessedImage process(RgbImage image, Arena arena) {
    return process(List.of(image), arena);
  }

  /**
   * The patches of a clip. The last frame is repeated until the frames fill whole patches.
   *
   * @param frames in order of time, at least one
   * @param arena where {@code pixel_values} are allocated
   * @throws IllegalArgumentException if there is no frame, the frames differ in size after
   *     resizing, or one side is more than 200 times the other
   */
  public ProcessedImage process(List<RgbImage> frames, Arena arena) {
    requireFrame(frames);
    List<RgbImage> resized = resized(frames);
    RgbImage first = resized.getFirst();
    PatchGrid grid = grid(frames.size(), first.height(), first.width());
    Tensor values = Tensor.allocate(arena, DType.F32, grid.patches(), config.patchValues());
    writePatches(resized, grid, values.segment());
    return new ProcessedImage(
        grid,
        values,
        frames.getFirst().width(),
        frames.getFirst().height(),
        first.width(),
        first.height());
  }

  /**
   * The picture as the tower will see it: {@link #process} gives the same bits for it as for the
   * picture itself. It serves to free a large picture early. Where a second resize would change the
   * size, as with some strips, it is the picture itself.
   *
   * @throws IllegalArgumentException if one side is more than 200 times the other
   */
  public RgbImage resize(RgbImage image) {
    SmartResize.Size size = smartResize.apply(image.name(), image.height(), image.width());
    boolean strip =
        Math.max(size.width(), size.height())
            > SmartResize.MAX_RATIO * Math.min(size.width(), size.height());
    return strip || !smartResize.apply(image.name(), size.height(), size.width()).equals(size)
        ? image
        : BicubicResampler.resize(image, size.width(), size.height());
  }

  /**
   * How many tokens of a prompt a picture of this size becomes.
   *
   * @throws IllegalArgumentException if one side is more than 200 times the other
   */
  public int tokens(int width, int height) {
    SmartResize.Size size = smartResize.apply("picture", height, width);
    int side = config.tokenSide();
    return size.width() / side * (size.height() / side);
  }

  private List<RgbImage> resized(List<RgbImage> frames) {
    List<RgbImage> resized = new ArrayList<>(frames.size());
    for (RgbImage frame : frames) {
      SmartResize.Size size = smartResize.apply(frame.name(), frame.height(), frame.width());
      RgbImage next = BicubicResampler.resize(frame, size.width(), size.height());
      RgbImage first = resized.isEmpty() ? next : resized.getFirst();
      if (next.width() != first.width() || next.height() != first.height()) {
        throw new IllegalArgumentException(
            "%s: expected frames of one size after resizing, %d x %d as %s, found %d x %d; scale"
                    .formatted(
                        next.name(),
                        first.width(),
                        first.height(),
                        first.name(),
                        next.width(),
                        next.height())
                + " or crop the frames to one size");
      }
      resized.add(next);
    }
    return resized;
  }

  private void writePatches(List<RgbImage> frames, PatchGrid grid, MemorySegment out) {
    float[] patch = new float[config.patchValues()];
    List<byte[]> samples = frames.stream().map(RgbImage::toByteArray).toList();
    int width = frames.getFirst().width();
    var at =
        new Object() {
          long bytes;
        };
    grid.forEachPatch((t, row, column) -> {
      fill(patch, samples, width, t, row, column);
      MemorySegment.copy(patch, 0, out, Tensor.FLOAT, at.bytes, patch.length);
      at.bytes += (long) patch.length * Float.BYTES;
    });
  }

  /** One patch: channel, then frame, then row, then column, as the convolution's weights lie. */
  private void fill(
      float[] patch, List<byte[]> frames, int width, int t, int patchRow, int patchColumn) {
    int side = config.patchSize();
    int depth = config.temporalPatchSize();
    int i = 0;
    for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
      for (int tau = 0; tau < depth; tau++) {
        byte[] samples = frames.get(Math.min(t * depth + tau, frames.size() - 1));
        for (int y = patchRow * side; y < (patchRow + 1) * side; y++) {
          int from = (y * width + patchColumn * side) * RgbImage.CHANNELS + channel;
          for (int x = 0; x < side; x++) {
            patch[i++] = table.value(channel, samples[from + x * RgbImage.CHANNELS]);
          }
        }
      }
    }
  }
}
