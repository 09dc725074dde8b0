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

  /** More is a mistake: the published 72B has 80 layers, 64 heads and rows of 29,568 numbers. */
  private static final int MAX_LAYERS = 1000;

  private static final int MAX_HEADS = 10_000;
  private static final int MAX_WIDTH = 10_000_000;

  /**
   * Checks that the numbers fit each other.
   *
   * @throws IllegalArgumentException if they do not
   */
  public TextConfig {
    mropeSection = List.copyOf(mropeSection);
    requireSize("vocab_size", vocabSize, MAX_WIDTH);
    requireSize("intermediate_size", intermediateSize, MAX_WIDTH);
    requireSize("num_hidden_layers", numHiddenLayers, MAX_LAYERS);
    requireSize("num_attention_heads", numAttentionHeads, MAX_HEADS);
    requireSize("hidden_size", hiddenSize, MAX_WIDTH);
    require(
        "num_key_value_heads",
        numKeyValueHeads,
        numKeyValueHeads > 0 && numAttentionHeads % numKeyValueHeads == 0,
        "a divisor of num_attention_heads (" + numAttentionHeads + ")");
    require(
        "hidden_size",
        hiddenSize,
        hiddenSize % (2 * numAttentionHeads) == 0,
        "a multiple of 2 x num_attention_heads (" + 2 * numAttentionHeads + ")");
    require("max_position_embeddings", maxPositionEmbeddings, maxPositionEmbeddings > 0, "above 0");
    require("rms_norm_eps", rmsNormEps, 0 <= rmsNormEps && rmsNormEps < 1, "0 to below 1");
    require(
        "rope_theta",
        ropeTheta,
        1 <= ropeTheta && Double.isFinite(ropeTheta),
        "a finite number of at least 1");
    int half = hiddenSize / numAttentionHeads / 2;
    long sum = mropeSection.stream().mapToLong(Integer::longValue).sum();
    boolean negative = mropeSection.stream().anyMatch(section -> section < 0);
    if (mropeSection.size() != 3 || sum != half || negative) {
      throw new IllegalArgumentException(
          "rope_scaling.mrope_section: expected three numbers that add up to half a head (%d), found %s"
              .formatted(half, mropeSection));
    }
  }

  private static void requireSize(String field, int found, int largest) {
    require(field, found, 0 < found && found <= largest, "1 to " + largest);
  }

  private static void require(String field, Number found, boolean ok, String expected) {
    if (!ok) {
      throw new IllegalArgumentException(
          "%s: expected %s, found %s".formatted(field, expected, found));
    }
  }

  /** The same with an output layer of its own, or tied to the embedding. */
  public TextConfig withTie(boolean tied) {
    return new TextConfig(
        vocabSize,
        hiddenSize,
        intermediateSize,
        numHiddenLayers,
        numAttentionHeads,
        numKeyValueHeads,
        maxPositionEmbeddings,
        rmsNormEps,
        ropeTheta,
        mropeSection,
        tied);
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
