package dev.loupe.weights;

import java.util.List;

/**
 * The spellings of tensor names in Qwen2-VL checkpoints. Loupe uses the first published one: {@code
 * visual.blocks.0.norm1.weight}, {@code model.layers.0.input_layernorm.weight}, {@code
 * lm_head.weight}.
 *
 * <p>transformers moved the two towers under {@code model.visual} and {@code model.language_model}
 * in 4.52. A base model saved without its head drops the leading {@code model.}, a text model saved
 * by itself begins at {@code layers.}.
 */
public final class CheckpointNames {
  private static final List<String> BARE_TEXT = List.of("layers.", "embed_tokens.", "norm.");

  private CheckpointNames() {}

  /** The published name of a stored tensor; a name of no known spelling stays as it is. */
  public static String canonical(String stored) {
    if (stored.startsWith("model.visual.")) {
      return stored.substring("model.".length());
    }
    if (stored.startsWith("model.language_model.")) {
      return "model." + stored.substring("model.language_model.".length());
    }
    if (stored.startsWith("language_model.")) {
      return "model." + stored.substring("language_model.".length());
    }
    if (BARE_TEXT.stream().anyMatch(stored::startsWith)) {
      return "model." + stored;
    }
    return stored;
  }
}
