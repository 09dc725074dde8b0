package dev.loupe.spark;

import dev.loupe.engine.Asked;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ReceiptWatch;
import dev.loupe.engine.Receipts;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.image.RgbImage;
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
  private final Receipts receipts;
  private final String hash;

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
    this.receipts = new Receipts(model.hash(), settings.profile());
    this.hash = receipts.settings(options);
  }

  /** The hash of model, arithmetic and options. */
  String settings() {
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
      ReceiptWatch watch = receipts.watch(Asked.caption(whole, question), options);
      return new PendingCaption(
          whole.width(),
          whole.height(),
          question,
          Optional.of(watch),
          model.ask(model.resized(whole, options), question, options, watch));
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      return PendingCaption.failed(question, e);
    }
  }
}
