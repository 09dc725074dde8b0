package dev.loupe.engine.text;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Embedding;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.Part;
import java.io.IOException;

/** Hidden states to logits, with the embedding's table where the configuration ties the two. */
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
