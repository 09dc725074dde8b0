package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import dev.loupe.weights.ModelWeights;
import java.io.IOException;
import java.util.Optional;

/**
 * The output layer of a checkpoint. Where the configuration does not say whether it is the
 * embedding, it is if no other is stored; files of some quantising tools lack {@code
 * tie_word_embeddings} (issue 1033 of Qwen3-VL). Training tools leave {@code tie_word_embeddings}
 * true and store a head of its own all the same. As transformers 5 ({@code tie_weights} of
 * modeling_utils.py), the two are compared, and a head with other numbers is used.
 */
public final class StoredHead {

  /** What to say about a head that is used although the configuration ties it. */
  static final String NOTE =
      "lm_head.weight: expected the numbers of model.embed_tokens.weight, since config.json has "
          + "tie_word_embeddings true, found others; the stored head is used, as in transformers 5; "
          + "set tie_word_embeddings to false to say so";

  static final String HEAD = "lm_head.weight";
  static final String EMBEDDING = "model.embed_tokens.weight";

  private StoredHead() {}

  /**
   * The configuration that these weights really have. Reads two tensors if the configuration ties
   * them and both are stored; weights that are packed already tell without that.
   *
   * @throws IOException if one of the two cannot be read
   */
  public static Qwen2VlConfig resolve(Qwen2VlConfig config, ModelWeights weights)
      throws IOException {
    if (!config.tieStated() && !weights.names().contains(HEAD)) {
      return config.withTie(true);
    }
    boolean doubtful =
        config.text().tieWordEmbeddings()
            && weights.names().contains(HEAD)
            && weights.names().contains(EMBEDDING);
    return doubtful && (weights.packed(HEAD).isPresent() || differs(weights))
        ? config.withTie(false)
        : config;
  }

  /** What to say about a configuration that {@link #resolve} has changed; mostly nothing. */
  public static Optional<String> note(Qwen2VlConfig config, Qwen2VlConfig resolved) {
    boolean untied = config.text().tieWordEmbeddings() && !resolved.text().tieWordEmbeddings();
    return untied ? Optional.of(NOTE) : Optional.empty();
  }

  private static boolean differs(ModelWeights weights) throws IOException {
    try {
      return differs(weights.tensor(HEAD), weights.tensor(EMBEDDING));
    } finally {
      weights.release(HEAD);
      weights.release(EMBEDDING);
    }
  }

  private static boolean differs(Tensor head, Tensor embedding) {
    if (!head.shape().equals(embedding.shape())) {
      return true;
    }
    if (head.dtype() == embedding.dtype()) {
      return head.segment().mismatch(embedding.segment()) >= 0;
    }
    for (long i = 0; i < head.shape().elements(); i++) {
      if (head.getFloat(i) != embedding.getFloat(i)) {
        return true;
      }
    }
    return false;
  }
}
