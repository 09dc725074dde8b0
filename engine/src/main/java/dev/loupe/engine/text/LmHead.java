package dev.loupe.engine.text;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Embedding;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.Part;
import java.io.IOException;

/**
 * Hidden states to logits. Where the configuration ties it to the embedding, a stored {@code
 * lm_head.weight} is ignored, as transformers does.
 */
final class LmHead {
  private final Linear projection;

  LmHead(LayerLoader weights, Embedding embedTokens, TextConfig config) throws IOException {
    ModuleId id = ModuleId.of(Part.LM_HEAD, "lm_head");
    projection =
        config.tieWordEmbeddings()
            ? weights.tied(id, embedTokens)
            : weights.linearWithoutBias(id, config.vocabSize(), config.hiddenSize());
  }

  /** [tokens, hiddenSize] to [tokens, vocabSize]. */
  Tensor forward(Tensor x, Workspace w) {
    return projection.forward(x, w);
  }
}
