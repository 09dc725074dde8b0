package dev.loupe.cli.caption;

import dev.loupe.cli.caption.WatchOptions.Watched;
import dev.loupe.cli.folder.CaptionRows;
import dev.loupe.cli.folder.CaptionTemplate;
import dev.loupe.cli.folder.CaptionWatching;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.PictureLimit;
import dev.loupe.engine.Receipts;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.vision.preprocess.ImageProcessor;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.Optional;

/**
 * Everything that decides a caption, except the picture.
 *
 * @param files of the model
 * @param weights in which integers its weights lie
 * @param profile the arithmetic
 * @param options of the answer
 * @param prompt the question
 * @param modelDefaults how the checkpoint says to prepare pictures
 * @param watched what looks at the numbers of captions
 * @param limitedByDefault whether the limit on large pictures is {@link
 *     PictureLimit#SAFE_MAX_PIXELS}, because the command line sets none
 */
record RunConfig(
    ModelFiles files,
    WeightTypes weights,
    NumericsProfile profile,
    GenerationOptions options,
    CaptionTemplate prompt,
    ImageProcessorConfig modelDefaults,
    Watched watched,
    boolean limitedByDefault) {

  /**
   * A configuration that shrinks large pictures to a size that a CPU can handle, unless the command
   * line sets a limit.
   *
   * @param watched what looks at the numbers of captions
   * @param limited whether the command line sets a limit
   * @throws IOException if the model's small files cannot be read
   */
  static RunConfig of(
      ModelFiles files,
      WeightTypes weights,
      NumericsProfile profile,
      GenerationOptions options,
      CaptionTemplate prompt,
      Watched watched,
      boolean limited)
      throws IOException {
    ImageProcessorConfig modelDefaults = ModelParts.images(files, ModelParts.config(files));
    boolean limitedByDefault = !limited && PictureLimit.isNeeded(options, modelDefaults);
    return new RunConfig(
        files,
        weights,
        profile,
        limitedByDefault ? options.maxPixels(PictureLimit.SAFE_MAX_PIXELS) : options,
        prompt,
        modelDefaults,
        watched,
        limitedByDefault);
  }

  CaptionRows rows() {
    return new CaptionRows(files.name(), weights, profile, options.seed());
  }

  ImageProcessor images() {
    return new ImageProcessor(options.pictures(modelDefaults));
  }

  /**
   * What looks at the numbers of captions.
   *
   * @param model how the model is loaded
   * @throws IOException if a file of the model cannot be read
   */
  CaptionWatching watching(ModelOptions model) throws IOException {
    return new CaptionWatching(
        watched.receipts()
            ? Optional.of(Receipts.of(files, model.loadOptions(files, profile)))
            : Optional.empty(),
        options,
        watched.monitor());
  }

  /** A text that is equal for two commands only if they write the same captions. */
  String fingerprint() {
    return String.join(
        "\n",
        files.location(),
        weights.toString(),
        profile.toString(),
        options.toString() + (watched.receipts() ? " with receipts" : ""),
        prompt.toString());
  }
}
