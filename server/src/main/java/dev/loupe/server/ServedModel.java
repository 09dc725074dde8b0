package dev.loupe.server;

import dev.loupe.engine.BatchListener;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.vision.image.RgbImage;
import java.util.Iterator;

/** What the server needs from a model. */
interface ServedModel {

  /** The name that clients send. */
  String name();

  /** The type it computes in. */
  String computeName();

  /** How many requests it answers side by side, at least 1. */
  int batch();

  /**
   * Answers requests until there is no next one, {@link #batch} of them side by side; see {@link
   * Qwen2Vl#generateAll}.
   */
  void answerAll(Iterator<BatchRequest<Answer>> requests, BatchListener<Answer> listener);

  /** Whether a caller outside the server waits for the model; see {@link Qwen2Vl#isAwaited}. */
  boolean isAwaited();

  /** The picture as small as these options say; see {@link Qwen2Vl#resized}. */
  RgbImage resized(RgbImage picture, GenerationOptions options);

  static ServedModel of(Qwen2Vl model, int batch) {
    return new ServedModel() {
      @Override
      public String name() {
        return model.name();
      }

      @Override
      public String computeName() {
        return model.profile().computeName();
      }

      @Override
      public int batch() {
        return batch;
      }

      @Override
      public void answerAll(
          Iterator<BatchRequest<Answer>> requests, BatchListener<Answer> listener) {
        model.generateAll(batch, requests, listener);
      }

      @Override
      public boolean isAwaited() {
        return model.isAwaited();
      }

      @Override
      public RgbImage resized(RgbImage picture, GenerationOptions options) {
        return model.resized(picture, options);
      }
    };
  }
}
