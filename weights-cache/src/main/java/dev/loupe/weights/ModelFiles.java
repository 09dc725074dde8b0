package dev.loupe.weights;

import java.io.IOException;
import java.io.InputStream;

/**
 * The files of one model, read-only: {@code config.json}, {@code generation_config.json}, {@code
 * preprocessor_config.json}, the tokenizer's, and the weights. They lie in a folder ({@link
 * ModelDirectory}) or in the program itself ({@link ModelResources}), or they are synthetic.
 */
public interface ModelFiles {

  /** The name of the model, for people: {@code Qwen/Qwen2-VL-2B-Instruct}, or a folder's name. */
  String name();

  /** Where the files are, for messages. */
  String location();

  /**
   * Whether the model has a tokenizer of its own. A synthetic model has none, and uses that of
   * another model.
   */
  default boolean bringsTokenizer() {
    return true;
  }

  /** Whether there is a file of this name; it may be one that cannot be opened. */
  boolean has(String file);

  /**
   * The content of a file; the caller closes it.
   *
   * @throws IOException if there is none, or no regular file; the message says where it was looked
   *     for
   */
  InputStream open(String file) throws IOException;

  /**
   * The weights; the caller closes them.
   *
   * @throws IOException if there are none, or they are refused
   */
  ModelWeights openWeights() throws IOException;
}
