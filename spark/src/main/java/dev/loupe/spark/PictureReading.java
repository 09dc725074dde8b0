package dev.loupe.spark;

import dev.loupe.engine.AnswerHash;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.io.Sha256;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.vision.preprocess.ImageProcessor;
import java.util.Optional;

/**
 * Reads, decodes and resizes pictures, and asks the model of this executor about them. Each task
 * does so on its own thread, while the model computes pictures that came before.
 */
final class PictureReading {

  private final String prompt;
  private final SharedDecoder model;
  private final GenerationOptions options;
  private final ImageDecoder decoder;
  private final ImageProcessor images;
  private final AnswerHash hash;

  /**
   * A reading for these settings.
   *
   * @param model of this executor
   */
  PictureReading(CaptionSettings settings, ExecutorModel model) {
    this.prompt = settings.prompt();
    this.model = model.decoder();
    this.options = settings.options(model.pictures());
    this.decoder = settings.decoder();
    this.images = new ImageProcessor(options.pictures(model.pictures()));
    this.hash = AnswerHash.of(model.hash(), settings.profile(), options);
  }

  /** How answers are hashed. */
  AnswerHash hash() {
    return hash;
  }

  /** How many pictures keep the model busy. */
  int batch() {
    return model.batch();
  }

  /**
   * Begins the caption of a picture. What is wrong with the picture is an error of its caption.
   *
   * @param picture bytes, a path, or null
   * @param asked the question, or null
   */
  PendingCaption begin(Object picture, String asked) {
    String question = Optional.ofNullable(asked).orElse(prompt);
    try {
      PictureSource source = PictureSource.of(picture);
      RgbImage whole = decoder.decode(source.content(), source.name());
      return new PendingCaption(
          whole.width(),
          whole.height(),
          Sha256.hex(source.content()),
          question,
          model.ask(images.resize(whole), question, options));
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      return PendingCaption.failed(question, e);
    }
  }
}
