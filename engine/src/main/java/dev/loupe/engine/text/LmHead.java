package dev.loupe.engine.text;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Embedding;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import java.io.IOException;

/**
 * Hidden states to logits. Where the configuration ties it to the embedding, a stored {@code
 * lm_head.weight} is ignored, as transformers does.
 */
final class LmHead {
  private final Linear projection;

  LmHead(LayerLoader weights, Embedding embedTokens, TextConfig config) throws IOException {
    projection =
        config.tieWordEmbeddings()
            ? weights.tied("lm_head", embedTokens)
            : weights.linearWithoutBias("lm_head", config.vocabSize(), config.hiddenSize());
  }

  /** [tokens, hiddenSize] to [tokens, vocabSize]. */
  Tensor forward(Tensor x, Workspace w) {
    return projection.forward(x, w);
  }
}
