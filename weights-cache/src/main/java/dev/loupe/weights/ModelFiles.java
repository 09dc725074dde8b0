package dev.loupe.weights;

import java.io.IOException;
import java.io.InputStream;

/**
 * The files of one model, read-only: {@code config.json}, {@code generation_config.json}, {@code
 * preprocessor_config.json}, the tokenizer's, and the weights. They lie in a folder ({@link
 * ModelDirectory}), in the program itself ({@link ModelResources}), or are made up.
 */
public interface ModelFiles {

  /** What people call the model: {@code Qwen/Qwen2-VL-2B-Instruct}, or a folder's name. */
  String name();

  /** Where the files are, for messages. */
  String location();

  /**
   * Whether the model is meant to have a tokenizer of its own. One that is made up has none, and
   * takes that of another model.
   */
  default boolean bringsTokenizer() {
    return true;
  }

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
