package dev.loupe.weights.quantised;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * AWQ in the layout {@code gemm} of AutoAWQ ({@code awq/modules/linear/gemm.py}), 4 bits: {@code
 * qweight} I32 [inputs, outputs / 8], {@code qzeros} I32 [groups, outputs / 8] and {@code scales}
 * [groups, outputs]. Zero points are stored as they are.
 */
record AwqTensor(StoredLayer layer, int outputs, int inputs, int groups)
    implements QuantisedTensor {
  private static final int BITS = 4;

  /** Checks types and shapes. */
  static AwqTensor of(StoredLayer layer) throws IOException {
    Shape scales = layer.scales("scales");
    Shape words = layer.words("qweight");
    int groups = Math.toIntExact(scales.dim(0));
    int outputs = Math.toIntExact(scales.dim(1));
    int inputs = Math.toIntExact(words.dim(0));
    if (words.dim(1) * 8 != outputs) {
      throw layer.wrong(
          "qweight",
          "I32 [inputs, %s / 8], since the scales are %s".formatted(outputs, scales),
          "I32 " + words,
          "the file is damaged, or in another layout (gemv), of which Loupe reads none");
    }
    if (inputs % groups != 0) {
      throw layer.wrong(
          "scales", "groups of equal size of %d inputs".formatted(inputs), groups + " groups");
    }
    layer.require(
        "qzeros", StoredType.I32, Shape.of(groups, outputs / 8), "the scales are " + scales);
    return new AwqTensor(layer, outputs, inputs, groups);
  }

  @Override
  public String format() {
    return "AWQ (gemm)";
  }

  @Override
  public int bits() {
    return BITS;
  }

  @Override
  public List<String> parts() {
    return List.of("qweight", "qzeros", "scales");
  }

  @Override
  public boolean isMatmul() {
    return true;
  }

  @Override
  public Dequantiser open(DType compute) throws IOException {
    float[] scales = layer.scales("scales", compute);
    Tensor words = layer.tensor("qzeros");
    int[] zeros = new int[groups * outputs];
    for (int i = 0; i < zeros.length; i++) {
      zeros[i] = Packing.AWQ.number(words, BITS, i / outputs, i % outputs);
    }
    layer.release("qzeros");
    Tensor weights = layer.tensor("qweight");
    return new Dequantiser(
        (output, input) -> Packing.AWQ.number(weights, BITS, input, output),
        outputs,
        zeros,
        scales,
        Dequantiser.evenGroups(inputs, groups));
  }

  @Override
  public Optional<QuantisedType> panels() throws IOException {
    return layer.hasHalfScales("scales")
        ? QuantisedType.holding(BITS, inputs / groups, true)
        : Optional.empty();
  }

  @Override
  public void release() {
    layer.release("qweight");
  }
}
