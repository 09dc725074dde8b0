package dev.loupe.server;

import dev.loupe.engine.BatchListener;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.TokenListener;
import dev.loupe.vision.image.RgbImage;
import java.util.Iterator;

/** A model for tests that answers one request after the other. */
interface OneByOne extends ServedModel {

  /** The answer to one request. */
  Generation generate(Prompt prompt, GenerationOptions options, TokenListener listener);

  @Override
  default String computeName() {
    return "float32";
  }

  @Override
  default int batch() {
    return 1;
  }

  @Override
  default void answerAll(Iterator<BatchRequest<Answer>> requests, BatchListener<Answer> listener) {
    while (requests.hasNext()) {
      BatchRequest<Answer> request = requests.next();
      Generation answer;
      try {
        answer = generate(request.prompt().call(), request.options(), request.listener());
      } catch (Exception e) {
        listener.failed(request.key(), e);
        continue;
      }
      listener.completed(request.key(), answer);
    }
  }

  @Override
  default boolean isAwaited() {
    return false;
  }

  @Override
  default RgbImage resized(RgbImage picture, GenerationOptions options) {
    return picture;
  }
}
