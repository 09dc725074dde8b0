/** Safetensors files, model folders and synthetic weights. */
module dev.loupe.weights {
  requires transitive dev.loupe.tensor;
  requires dev.loupe.io;
  requires tools.jackson.core;

  exports dev.loupe.weights;
  exports dev.loupe.weights.cache;
  exports dev.loupe.weights.quantised;
  exports dev.loupe.weights.safetensors;
  exports dev.loupe.weights.synthetic;
}
