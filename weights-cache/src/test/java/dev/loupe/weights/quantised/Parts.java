package dev.loupe.weights.quantised;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.StoredTensor;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Layers of 16 outputs and 32 inputs in two groups, in each format, put together by hand: every
 * integer is 0, every zero point the middle, every scale 1. Tests then change a part.
 */
final class Parts implements ModelWeights {
  private static final short ONE = Float.floatToFloat16(1);

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  static Parts awq() {
    return new Parts()
        .ints("a.qweight", 0, 32, 2)
        .ints("a.qzeros", 0x88888888, 2, 2)
        .halves("a.scales", ONE, 2, 16)
        .halves("a.bias", ONE, 16);
  }

  static Parts gptq() {
    return new Parts()
        .ints("a.qweight", 0, 4, 16)
        .ints("a.qzeros", 0x77777777, 2, 2)
        .halves("a.scales", ONE, 2, 16)
        .ints("a.g_idx", 1, 32);
  }

  static Parts gptq8() {
    return new Parts()
        .ints("a.qweight", 0, 8, 16)
        .ints("a.qzeros", 0x7f7f7f7f, 2, 4)
        .halves("a.scales", ONE, 2, 16);
  }

  static Parts compressed() {
    return new Parts()
        .ints("a.weight_packed", 0, 16, 4)
        .halves("a.weight_scale", ONE, 16, 2)
        .longs("a.weight_shape", 16, 32);
  }

  /** An int32 tensor full of one value. */
  Parts ints(String name, int value, long... dims) {
    Tensor t = empty(DType.I32, dims);
    for (long i = 0; i < t.shape().elements(); i++) {
      t.segment().set(Tensor.INT, i * 4, value);
    }
    tensors.put(name, t);
    return this;
  }

  /** Changes one number of an int32 tensor. */
  Parts word(String name, int at, int value) {
    tensors.get(name).segment().set(Tensor.INT, at * 4L, value);
    return this;
  }

  /** A float16 tensor full of one value. */
  Parts halves(String name, short bits, long... dims) {
    Tensor t = empty(DType.F16, dims);
    for (long i = 0; i < t.shape().elements(); i++) {
      t.segment().set(Tensor.HALF, i * 2, bits);
    }
    tensors.put(name, t);
    return this;
  }

  Parts longs(String name, long... values) {
    Tensor t = empty(DType.I64, values.length);
    for (int i = 0; i < values.length; i++) {
      t.segment().set(Tensor.LONG, i * 8L, values[i]);
    }
    tensors.put(name, t);
    return this;
  }

  /** A tensor of zeros. */
  Parts zeros(String name, DType dtype, long... dims) {
    tensors.put(name, empty(dtype, dims));
    return this;
  }

  Parts without(String name) {
    tensors.remove(name);
    return this;
  }

  private static Tensor empty(DType dtype, long... dims) {
    Shape shape = Shape.of(dims);
    byte[] bytes = new byte[Math.toIntExact(shape.elements() * dtype.bytes())];
    return new Tensor(dtype, shape, MemorySegment.ofArray(bytes));
  }

  Map<String, Tensor> tensors() {
    return tensors;
  }

  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public Tensor tensor(String name) throws IOException {
    if (!tensors.containsKey(name)) {
      throw new IOException(name + ": expected among the parts, found none");
    }
    return tensors.get(name);
  }

  @Override
  public StoredTensor stored(String name) throws IOException {
    Tensor t = tensor(name);
    return new StoredTensor(StoredType.of(t.dtype()), t.shape(), origin(name));
  }

  @Override
  public String origin(String name) {
    return "parts.safetensors";
  }

  @Override
  public long byteSize() {
    return tensors.values().stream().mapToLong(t -> t.segment().byteSize()).sum();
  }

  @Override
  public void close() {}
}
