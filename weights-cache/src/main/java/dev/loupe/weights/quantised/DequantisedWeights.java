package dev.loupe.weights.quantised;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.LinearLayout;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.StoredIntegers;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightSource;
import dev.loupe.weights.FileContent;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.StoredTensor;
import dev.loupe.weights.file.MadeTensor;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * A checkpoint with quantised layers, seen as one without: the parts of a layer are hidden, and a
 * matrix {@code weight} of the compute type takes their place, made when it is asked for. In
 * float32 there are also the {@linkplain #integers integers} themselves.
 *
 * <p>The rule is {@code R((q - z) R(s))}, R being the rounding to the compute type; in float32 the
 * product is exact. All else is as it is stored.
 */
public final class DequantisedWeights implements ModelWeights {

  /** Raise it whenever a bit of a weight changes, or which weights are kept as integers. */
  private static final int RULE = 2;

  private static final String WEIGHT = ".weight";

  private static final String OTHER_MODEL =
      "; the file is damaged, or config.json is that of another model";

  private final ModelWeights stored;
  private final Map<String, QuantisedTensor> layers;
  private final DType compute;
  private final Set<String> names = new LinkedHashSet<>();
  private final Map<String, Weight> weights = new HashMap<>();
  private volatile boolean closed;

  /** A matrix that takes the place of a layer's parts. */
  private record Weight(QuantisedTensor layer, StoredTensor described, MadeTensor tensor) {}

  private DequantisedWeights(
      ModelWeights stored, Map<String, QuantisedTensor> layers, DType compute, Backend backend) {
    this.stored = stored;
    this.layers = layers;
    this.compute = compute;
    Map<String, String> parts = new HashMap<>();
    layers.forEach((name, layer) -> {
      layer.parts().forEach(part -> parts.put(name + "." + part, name + WEIGHT));
      weights.put(name + WEIGHT, weight(name, layer, backend));
    });
    stored.names().forEach(name -> names.add(parts.getOrDefault(name, name)));
  }

  private Weight weight(String name, QuantisedTensor layer, Backend backend) {
    Shape shape = Shape.of(layer.outputs(), layer.inputs());
    String origin = stored.origin(name + "." + layer.parts().getFirst());
    return new Weight(
        layer,
        new StoredTensor(StoredType.of(compute), shape, origin),
        new MadeTensor(arena -> new MatrixWriter(layer, compute, backend).write(arena)));
  }

  /**
   * The same weights if no layer is quantised, else the dequantised ones, which then own the
   * stored. If that fails the stored ones are closed.
   *
   * @param config what the configuration says of the format
   * @param compute the type that computes
   * @param backend whose threads dequantise; stays the caller's
   * @throws IOException if a part of a layer is missing, or of another type or shape than the
   *     others call for, or the format is one that Loupe does not read
   */
  public static ModelWeights of(
      ModelWeights stored, QuantizationConfig config, DType compute, Backend backend)
      throws IOException {
    try {
      Map<String, QuantisedTensor> layers = QuantisedLayers.of(stored, config);
      return layers.isEmpty() ? stored : new DequantisedWeights(stored, layers, compute, backend);
    } catch (IOException | RuntimeException | Error e) {
      stored.close();
      throw e;
    }
  }

  /** The quantised layers by their names, in the order of the files. */
  public SequencedMap<String, QuantisedLayer> layers() {
    SequencedMap<String, QuantisedLayer> described = new LinkedHashMap<>();
    layers.forEach((name, layer) -> {
      long bytes = layer.parts().stream().mapToLong(part -> storedBytes(name + "." + part)).sum();
      described.put(
          name,
          new QuantisedLayer(
              layer.format(),
              layer.bits(),
              layer.groups() == 1 ? -1 : layer.inputs() / layer.groups(),
              (long) layer.outputs() * layer.inputs(),
              bytes));
    });
    return described;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(names);
  }

  @Override
  public StoredTensor stored(String name) throws IOException {
    Weight weight = weights.get(name);
    return weight == null ? stored.stored(name) : weight.described;
  }

  /**
   * The tensor of this name.
   *
   * @throws IOException if there is none, or a number of a layer's parts cannot be
   * @throws OutOfMemoryError if there is no memory for it
   */
  @Override
  public Tensor tensor(String name) throws IOException {
    Weight weight = weights.get(name);
    if (weight == null) {
      return stored.tensor(name);
    }
    if (closed) {
      throw new IllegalStateException("dequantised weights: expected open, found closed");
    }
    return weight.tensor.get();
  }

  /** Compares the shape before the tensor is made. */
  @Override
  public Tensor tensor(String name, Shape expected) throws IOException {
    requireShape(name, expected);
    return ModelWeights.super.tensor(name, expected);
  }

  private void requireShape(String name, Shape expected) throws IOException {
    Weight weight = weights.get(name);
    if (weight != null) {
      Optional<String> mismatch =
          WeightSource.mismatch(
              name, expected, weight.described.shape(), compute, weight.described.origin());
      if (mismatch.isPresent()) {
        throw new IOException(mismatch.get() + OTHER_MODEL);
      }
    }
  }

  @Override
  public Optional<StoredIntegers> integers(String name, Shape expected) throws IOException {
    Weight weight = weights.get(name);
    if (weight == null || compute != DType.F32) {
      return Optional.empty();
    }
    requireShape(name, expected);
    return weight.layer.panels().map(panels -> new LayerIntegers(weight.layer, panels));
  }

  private record LayerIntegers(QuantisedTensor layer, QuantisedType type)
      implements StoredIntegers {
    @Override
    public Numbers open() throws IOException {
      return layer.open(DType.F32).in(type);
    }
  }

  /** Where a file has a bias of zeros, and the model none, it is left out. */
  @Override
  public LinearLayout layout(String layer) throws IOException {
    QuantisedTensor tensor = layers.get(layer);
    if (tensor == null) {
      return stored.layout(layer);
    }
    boolean biased = new StoredLayer(stored, layer).hasBias(tensor.outputs());
    return new LinearLayout(biased, tensor.isMatmul());
  }

  @Override
  public void release(String name) {
    Weight weight = weights.get(name);
    if (weight == null) {
      stored.release(name);
    } else {
      weight.tensor.release();
      weight.layer.release();
    }
  }

  @Override
  public String origin(String name) {
    Weight weight = weights.get(name);
    return weight == null ? stored.origin(name) : weight.described.origin();
  }

  @Override
  public long byteSize() {
    long bytes = weights.values().stream().mapToLong(w -> w.described.bytes()).sum();
    for (String name : names) {
      bytes += weights.containsKey(name) ? 0 : storedBytes(name);
    }
    return bytes;
  }

  private long storedBytes(String name) {
    try {
      return stored.stored(name).bytes();
    } catch (IOException e) {
      throw new IllegalStateException(name + ": expected among the names, found none", e);
    }
  }

  @Override
  public Optional<String> identity(FileContent content) throws IOException {
    return stored.identity(content).map(text -> "dequantised, rule " + RULE + "\n" + text);
  }

  @Override
  public void requireUnchanged() throws IOException {
    stored.requireUnchanged();
  }

  @Override
  public void close() {
    closed = true;
    weights.values().forEach(weight -> weight.tensor.release());
    stored.close();
  }
}
