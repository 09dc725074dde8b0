/** Tensors, number formats, rounding rules and the building blocks of a transformer. */
module dev.loupe.tensor {
  requires static jdk.incubator.vector;

  exports dev.loupe.tensor;
  exports dev.loupe.tensor.nn;
  exports dev.loupe.tensor.numerics;
}
