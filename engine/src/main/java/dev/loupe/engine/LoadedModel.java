package dev.loupe.engine;

import dev.loupe.tensor.Backend;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.vision.preprocess.ImageProcessorConfig;

/** All parts of a model that answers need. Owns its networks; the rest is on the heap. */
final class LoadedModel implements AutoCloseable {
  private final String name;
  private final GenerationConfig generationConfig;
  private final Tokenizer tokenizer;
  private final ImageProcessorConfig images;
  private final LoadedNetwork network;
  private final MultimodalModel model;

  LoadedModel(
      String name,
      GenerationConfig generationConfig,
      Tokenizer tokenizer,
      ImageProcessorConfig images,
      LoadedNetwork network) {
    this(name, generationConfig, tokenizer, images, network, network.model());
  }

  private LoadedModel(
      String name,
      GenerationConfig generationConfig,
      Tokenizer tokenizer,
      ImageProcessorConfig images,
      LoadedNetwork network,
      MultimodalModel model) {
    this.name = name;
    this.generationConfig = generationConfig;
    this.tokenizer = tokenizer;
    this.images = images;
    this.network = network;
    this.model = model;
  }

  /**
   * The same parts around the first layers alone; see {@link MultimodalModel#firstLayers}. Closing
   * is left to this one.
   */
  LoadedModel firstLayers() {
    return new LoadedModel(name, generationConfig, tokenizer, images, network, model.firstLayers());
  }

  /** A folder's name, {@code org/name}, or {@code captioner}. */
  String name() {
    return name;
  }

  Qwen2VlConfig config() {
    return network.config();
  }

  GenerationConfig generationConfig() {
    return generationConfig;
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  /** How {@code preprocessor_config.json} prepares pictures. */
  ImageProcessorConfig images() {
    return images;
  }

  LoadedNetwork network() {
    return network;
  }

  /** Tower and decoder together. */
  MultimodalModel model() {
    return model;
  }

  Backend backend() {
    return network.backend();
  }

  /** No request may be running. */
  @Override
  public void close() {
    network.close();
  }
}
