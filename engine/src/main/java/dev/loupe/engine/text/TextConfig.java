package dev.loupe.engine.text;

import java.util.List;

/**
 * The language model's part of {@code config.json}, by its names there.
 *
 * @param vocabSize rows of the embedding
 * @param hiddenSize width of the decoder
 * @param intermediateSize width of the MLP
 * @param numHiddenLayers how many layers
 * @param numAttentionHeads query heads
 * @param numKeyValueHeads key and value heads
 * @param maxPositionEmbeddings the longest sequence, prompt and answer together, in tokens
 * @param rmsNormEps RMSNorm's epsilon
 * @param ropeTheta base of the rotary frequencies
 * @param mropeSection how many frequencies turn with time, row and column
 * @param tieWordEmbeddings whether the output layer is the embedding
 */
public record TextConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int numKeyValueHeads,
    int maxPositionEmbeddings,
    float rmsNormEps,
    double ropeTheta,
    List<Integer> mropeSection,
    boolean tieWordEmbeddings) {

  /**
   * Checks that the numbers fit each other.
   *
   * @throws IllegalArgumentException if they do not
   */
  public TextConfig {
    mropeSection = List.copyOf(mropeSection);
    require("vocab_size", vocabSize, vocabSize > 0, "at least 1");
    require("intermediate_size", intermediateSize, intermediateSize > 0, "at least 1");
    require("num_hidden_layers", numHiddenLayers, numHiddenLayers > 0, "at least 1");
    require("num_attention_heads", numAttentionHeads, numAttentionHeads > 0, "at least 1");
    require(
        "num_key_value_heads",
        numKeyValueHeads,
        numKeyValueHeads > 0 && numAttentionHeads % numKeyValueHeads == 0,
        "a divisor of num_attention_heads (" + numAttentionHeads + ")");
    require(
        "hidden_size",
        hiddenSize,
        hiddenSize > 0 && hiddenSize % (2 * numAttentionHeads) == 0,
        "a multiple of 2 x num_attention_heads (" + 2 * numAttentionHeads + ")");
    require("max_position_embeddings", maxPositionEmbeddings, maxPositionEmbeddings > 0, "above 0");
    int half = hiddenSize / numAttentionHeads / 2;
    int sum = mropeSection.stream().mapToInt(Integer::intValue).sum();
    if (mropeSection.size() != 3 || sum != half) {
      throw new IllegalArgumentException(
          "rope_scaling.mrope_section: expected three numbers that add up to half a head (%d), found %s"
              .formatted(half, mropeSection));
    }
  }

  private static void require(String field, int found, boolean ok, String expected) {
    if (!ok) {
      throw new IllegalArgumentException(
          "%s: expected %s, found %d".formatted(field, expected, found));
    }
  }

  /** Elements of one head. */
  public int headDim() {
    return hiddenSize / numAttentionHeads;
  }

  /** Width of all key heads together. */
  int keyValueSize() {
    return numKeyValueHeads * headDim();
  }
}
