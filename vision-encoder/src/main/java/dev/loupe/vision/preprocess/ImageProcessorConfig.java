package dev.loupe.vision.preprocess;

import dev.loupe.io.JsonObject;
import dev.loupe.io.Printable;
import dev.loupe.vision.image.RgbImage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The settings of an image processor, by the names of {@code preprocessor_config.json}.
 *
 * @param minPixels {@code min_pixels}: the smallest area after resizing
 * @param maxPixels {@code max_pixels}: the largest area after resizing
 * @param patchSize {@code patch_size}: the side of a patch in pixels
 * @param temporalPatchSize {@code temporal_patch_size}: the frames of a patch
 * @param mergeSize {@code merge_size}: patches along the side of what becomes one token
 * @param rescaleFactor {@code rescale_factor}: what a byte is multiplied with
 * @param imageMean {@code image_mean}: three numbers, red first
 * @param imageStd {@code image_std}: three numbers, red first
 */
public record ImageProcessorConfig(
    long minPixels,
    long maxPixels,
    int patchSize,
    int temporalPatchSize,
    int mergeSize,
    double rescaleFactor,
    List<Double> imageMean,
    List<Double> imageStd) {

  /** {@code resample} by Pillow's numbering; the only filter that Qwen2-VL uses. */
  private static final int BICUBIC = 3;

  private static final double LONGS = 0x1p63;
  private static final int MAX_PATCH_SIDE = 1024;
  private static final int MAX_PATCH_VALUES = 10_000_000;

  /** What the class of transformers uses where the file has no such key. */
  private static final ImageProcessorConfig DEFAULTS =
      new ImageProcessorConfig(
          56 * 56,
          28 * 28 * 1280,
          14,
          2,
          2,
          1.0 / 255,
          List.of(0.48145466, 0.4578275, 0.40821073),
          List.of(0.26862954, 0.26130258, 0.27577711));

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is not positive, a limit contradicts the other, or
   *     mean or deviation do not have three entries
   */
  public ImageProcessorConfig {
    require(
        minPixels >= 1 && minPixels <= maxPixels,
        "min_pixels, max_pixels",
        "1 <= min_pixels <= max_pixels",
        minPixels + ", " + maxPixels);
    require(
        patchSize >= 1 && patchSize <= MAX_PATCH_SIDE,
        "patch_size",
        "1 to " + MAX_PATCH_SIDE,
        patchSize);
    require(
        temporalPatchSize >= 1 && temporalPatchSize <= MAX_PATCH_SIDE,
        "temporal_patch_size",
        "1 to " + MAX_PATCH_SIDE,
        temporalPatchSize);
    require(
        mergeSize >= 1 && mergeSize <= MAX_PATCH_SIDE,
        "merge_size",
        "1 to " + MAX_PATCH_SIDE,
        mergeSize);
    require(
        rescaleFactor > 0 && Double.isFinite(rescaleFactor),
        "rescale_factor",
        "a positive number",
        rescaleFactor);
    require(imageMean.size() == RgbImage.CHANNELS, "image_mean", "three numbers", imageMean);
    boolean positive = imageStd.stream().allMatch(std -> std > 0);
    require(
        imageStd.size() == RgbImage.CHANNELS && positive,
        "image_std",
        "three positive numbers",
        imageStd);
    imageMean = List.copyOf(imageMean);
    imageStd = List.copyOf(imageStd);
    requireFloats(rescaleFactor, imageMean, imageStd);
    long patchValues = (long) RgbImage.CHANNELS * temporalPatchSize * patchSize * patchSize;
    require(
        patchValues <= MAX_PATCH_VALUES,
        "patch_size, temporal_patch_size",
        "at most " + MAX_PATCH_VALUES + " numbers in a patch",
        patchValues);
  }

  /** Black and white must become numbers that a float32 holds, and so must all between. */
  private static void requireFloats(
      double rescaleFactor, List<Double> imageMean, List<Double> imageStd) {
    for (int c = 0; c < RgbImage.CHANNELS; c++) {
      for (int sample : List.of(0, 255)) {
        double value = (sample * rescaleFactor - imageMean.get(c)) / imageStd.get(c);
        require(
            Math.abs(value) <= Float.MAX_VALUE,
            "rescale_factor, image_mean, image_std",
            "numbers that keep pixels within float32",
            rescaleFactor + ", " + imageMean + ", " + imageStd);
      }
    }
  }

  /** The settings that transformers uses without a file: at most 1,003,520 pixels. */
  public static ImageProcessorConfig defaults() {
    return DEFAULTS;
  }

  /**
   * The settings of a parsed {@code preprocessor_config.json}, or of {@code image_processor} in
   * {@code processor_config.json}.
   *
   * <p>The limits come from {@code min_pixels} and {@code max_pixels}, else from {@code size} (with
   * {@code shortest_edge} and {@code longest_edge}, or with the names above), else the defaults. A
   * key whose value is absent or JSON's null counts as missing; unknown keys are ignored.
   *
   * @throws IllegalArgumentException if a value is of the wrong kind or out of range, or asks for
   *     something that Loupe does not do: another filter than bicubic, or leaving out a step
   */
  public static ImageProcessorConfig of(Map<String, Object> json) {
    JsonObject fields = JsonObject.of(json);
    for (String step : List.of("do_resize", "do_rescale", "do_normalize")) {
      require(fields.flag(step, true), fields, step, "true");
    }
    require(
        fields.integer("resample").orElse(BICUBIC) == BICUBIC,
        fields,
        "resample",
        BICUBIC + " (bicubic)");
    JsonObject size = size(fields);
    return new ImageProcessorConfig(
        pixels(fields, "min_pixels")
            .or(() -> pixels(size, "shortest_edge"))
            .or(() -> pixels(size, "min_pixels"))
            .orElse(DEFAULTS.minPixels),
        pixels(fields, "max_pixels")
            .or(() -> pixels(size, "longest_edge"))
            .or(() -> pixels(size, "max_pixels"))
            .orElse(DEFAULTS.maxPixels),
        fields.integer("patch_size").orElse(DEFAULTS.patchSize),
        fields.integer("temporal_patch_size").orElse(DEFAULTS.temporalPatchSize),
        fields.integer("merge_size").orElse(DEFAULTS.mergeSize),
        fields.number("rescale_factor").orElse(DEFAULTS.rescaleFactor),
        fields.numbers("image_mean").orElse(DEFAULTS.imageMean),
        fields.numbers("image_std").orElse(DEFAULTS.imageStd));
  }

  /**
   * The same settings with other limits on the area after resizing, in pixels.
   *
   * @throws IllegalArgumentException unless {@code 1 <= newMinPixels <= newMaxPixels}
   */
  public ImageProcessorConfig withPixels(long newMinPixels, long newMaxPixels) {
    return new ImageProcessorConfig(
        newMinPixels,
        newMaxPixels,
        patchSize,
        temporalPatchSize,
        mergeSize,
        rescaleFactor,
        imageMean,
        imageStd);
  }

  /** The numbers of one patch: channels * frames * side * side; 1176 for the published models. */
  public int patchValues() {
    return RgbImage.CHANNELS * temporalPatchSize * patchSize * patchSize;
  }

  /** The side of what becomes one token, in pixels; 28 for the published models. */
  int tokenSide() {
    return patchSize * mergeSize;
  }

  private static JsonObject size(JsonObject fields) {
    JsonObject size = fields.object("size").orElse(JsonObject.of(Map.of()));
    boolean known =
        size.values().isEmpty()
            || size.has("shortest_edge") && size.has("longest_edge")
            || size.has("min_pixels") && size.has("max_pixels");
    require(known, "size", "shortest_edge and longest_edge", size.values());
    return size;
  }

  private static Optional<Long> pixels(JsonObject fields, String name) {
    if (Math.abs(fields.number(name).orElse(0)) >= LONGS) {
      throw fields.wrong(name, "an integer of 64 bits");
    }
    OptionalLong pixels = fields.wholeNumber(name);
    return pixels.isPresent() ? Optional.of(pixels.getAsLong()) : Optional.empty();
  }

  private static void require(boolean holds, JsonObject fields, String key, String expected) {
    if (!holds) {
      throw fields.wrong(key, expected);
    }
  }

  private static void require(boolean holds, String key, String expected, Object found) {
    if (!holds) {
      throw new IllegalArgumentException(
          Printable.escape("%s: expected %s, found %s".formatted(key, expected, found)));
    }
  }
}
