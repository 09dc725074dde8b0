/** Tensors, number formats, rounding rules and the building blocks of a transformer. */
module dev.loupe.tensor {
  requires java.management;
  requires jdk.management;
  requires static jdk.incubator.vector;

  exports dev.loupe.tensor;
  exports dev.loupe.tensor.nn;
  exports dev.loupe.tensor.numerics;
}
