package dev.loupe.engine;

import java.util.List;

/**
 * Gets the progress of {@link Qwen2Vl#generateVariants}. Called on the thread of the caller; an
 * exception of the listener ends the call.
 */
public interface VariantListener {

  /** What is computed once for all variants that agree on it. */
  enum Part {
    /** The pictures go through the vision tower. */
    PICTURES,
    /** The prompt goes through the decoder. */
    PROMPT,
    /** Tokens of the answer follow each other. */
    ANSWER
  }

  /** A part begins that these variants have in common. */
  default void begins(Part part, List<Variant> together) {}

  /** A variant was answered. */
  void completed(Variant variant, Generation answer);

  /** A variant failed, for instance because no token could be drawn; the others go on. */
  void failed(Variant variant, RuntimeException reason);
}
