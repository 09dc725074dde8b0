package dev.loupe.weights;

import dev.loupe.weights.synthetic.SyntheticModel;
import dev.loupe.weights.synthetic.SyntheticShape;
import java.io.IOException;
import java.io.InputStream;

/**
 * The files of one model, read-only: {@code config.json}, {@code generation_config.json}, {@code
 * preprocessor_config.json}, the tokenizer's, and the weights. They lie in a folder ({@link
 * ModelDirectory}), in the program itself ({@link ModelResources}), or are made up ({@link
 * SyntheticModel}).
 */
public interface ModelFiles {

  /**
   * What a user means by {@code --model}: {@code synthetic:...}, an existing folder, or {@code
   * org/name[@revision]} in the Hugging Face cache. Nothing is fetched from a network.
   *
   * @throws IOException if there is no such model; the message says where it was looked for
   * @throws IllegalArgumentException if a {@code synthetic:} name is not understood
   */
  static ModelFiles resolve(String model, HuggingFaceCache cache) throws IOException {
    return model.startsWith(SyntheticShape.PREFIX)
        ? new SyntheticModel(model)
        : ModelDirectory.resolve(model, cache);
  }

  /** What people call the model: {@code Qwen/Qwen2-VL-2B-Instruct}, or a folder's name. */
  String name();

  /** Where the files are, for messages. */
  String location();

  /** Whether there is a file of this name. */
  boolean has(String file);

  /**
   * The content of a file; the caller closes it.
   *
   * @throws IOException if there is none; the message says where it was looked for
   */
  InputStream open(String file) throws IOException;

  /**
   * The weights; the caller closes them.
   *
   * @throws IOException if there are none, or they are refused
   */
  ModelWeights openWeights() throws IOException;
}
