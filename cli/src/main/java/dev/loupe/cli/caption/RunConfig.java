package dev.loupe.cli.caption;

import dev.loupe.cli.folder.CaptionRows;
import dev.loupe.cli.folder.CaptionTemplate;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelParts;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.vision.preprocess.ImageProcessor;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;

/**
 * What makes a caption what it is.
 *
 * @param files of the model
 * @param profile the arithmetic
 * @param options how to answer
 * @param prompt the question
 * @param makers how the model's makers prepare pictures
 * @param safe whether the limit on large pictures is this program's, not asked for
 */
record CaptionSettings(
    ModelFiles files,
    NumericsProfile profile,
    GenerationOptions options,
    CaptionTemplate prompt,
    ImageProcessorConfig makers,
    boolean safe) {

  /**
   * 1024 tokens: 1024 x 784 pixels. The model's own limit is 16 times as much, and a picture's
   * attention, over four patches a token, grows with the square.
   */
  static final int SAFE_MAX_PIXELS = 1024 * 28 * 28;

  /**
   * Settings in which large pictures are shrunk to a size that a CPU can do, unless the command
   * line sets a limit.
   *
   * @param limited whether it does
   * @throws IOException if the model's small files cannot be read
   */
  static CaptionSettings of(
      ModelFiles files,
      NumericsProfile profile,
      GenerationOptions options,
      CaptionTemplate prompt,
      boolean limited)
      throws IOException {
    ImageProcessorConfig makers = ModelParts.images(files, ModelParts.config(files));
    boolean safe =
        !limited
            && options.pictures(makers).maxPixels() > SAFE_MAX_PIXELS
            && options.minPixels().orElse(1) <= SAFE_MAX_PIXELS;
    return new CaptionSettings(
        files, profile, safe ? options.maxPixels(SAFE_MAX_PIXELS) : options, prompt, makers, safe);
  }

  CaptionRows rows() {
    return new CaptionRows(files.name(), profile, options.seed());
  }

  ImageProcessor images() {
    return new ImageProcessor(options.pictures(makers));
  }

  /** What tells a command from another, as far as captions go. */
  String fingerprint() {
    return String.join(
        "\n", files.location(), profile.toString(), options.toString(), prompt.toString());
  }
}
