package dev.loupe.server;

import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import dev.loupe.vision.image.RgbImage;

/** What the server needs from a model. */
interface ServedModel {

  /** The name that clients send. */
  String name();

  /** The type it computes in. */
  String computeName();

  /** Answers a prompt; see {@link Qwen2Vl#generate}. */
  Generation generate(Prompt prompt, GenerationOptions options, TokenListener listener);

  /** The picture as small as these options say; see {@link Qwen2Vl#resized}. */
  default RgbImage resized(RgbImage picture, GenerationOptions options) {
    return picture;
  }

  static ServedModel of(Qwen2Vl model) {
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
      public Generation generate(Prompt prompt, GenerationOptions options, TokenListener listener) {
        return model.generate(prompt, options, listener);
      }

      @Override
      public RgbImage resized(RgbImage picture, GenerationOptions options) {
        return model.resized(picture, options);
      }
    };
  }
}
