package dev.loupe.engine;

import dev.loupe.engine.text.TextConfig;
import dev.loupe.vision.VisionConfig;

/**
 * What a model has to compute and to read, counted from its configuration. A multiplication and an
 * addition are two operations; norms, activations and softmax, below one percent, are not counted.
 *
 * @param config the shapes
 * @param layerBytes of one weight of the decoder's layers, in memory
 * @param headBytes of one weight of the output layer
 */
public record ModelCost(Qwen2VlConfig config, double layerBytes, double headBytes) {

  /** Keys and values are kept in float32. */
  private static final int KEY_VALUE_BYTES = 4;

  /** Weights of the matrices of all layers, without embedding and output layer. */
  private double layerWeights() {
    TextConfig t = config.text();
    double width = t.hiddenSize();
    double keyValues = (double) t.numKeyValueHeads() * t.headDim();
    return t.numHiddenLayers()
        * (2 * width * width + 2 * width * keyValues + 3 * width * t.intermediateSize());
  }

  private double headWeights() {
    return (double) config.text().hiddenSize() * config.text().vocabSize();
  }

  /** Operations of a prompt; the output layer runs for its last token alone. */
  public double prefillFlops(int tokens) {
    double seen = tokens * (tokens + 1.0) / 2;
    double attention = 4.0 * config.text().hiddenSize() * config.text().numHiddenLayers() * seen;
    return 2 * layerWeights() * tokens + 2 * headWeights() + attention;
  }

  /** Operations of the output layer for one token. */
  double headFlops() {
    return 2 * headWeights();
  }

  /** Bytes that one step of some sequences reads: all weights once, keys and values of each. */
  public double decodeBytes(int batch, double context) {
    TextConfig t = config.text();
    double keyValues =
        2.0 * t.numHiddenLayers() * t.numKeyValueHeads() * t.headDim() * KEY_VALUE_BYTES;
    return layerWeights() * layerBytes + headWeights() * headBytes + batch * context * keyValues;
  }

  /** Operations of the tower for one picture. */
  public double pictureFlops(int patches) {
    VisionConfig v = config.vision();
    double width = v.embedDim();
    double block = (4 + 2.0 * v.mlpRatio()) * width * width;
    double joined = width * v.mergeUnit();
    double merger = (joined * joined + joined * v.hiddenSize()) / v.mergeUnit();
    double perPatch = v.depth() * block + v.patchValues() * width + merger;
    return 2 * perPatch * patches + 4 * width * v.depth() * patches * (double) patches;
  }
}
