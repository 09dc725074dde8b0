package dev.loupe.weights.cache;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.FileContent;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.StoredTensor;
import dev.loupe.weights.synthetic.SyntheticWeights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/** A small synthetic model that counts how many of its tensors are read. */
class CountedWeights implements ModelWeights {
  static final int VOCAB = 50;
  static final int WIDTH = 33;

  private final SyntheticWeights weights;
  private final String salt;
  private final boolean thirds;
  private int reads;

  /**
   * @param salt makes another identity of the same numbers
   */
  CountedWeights(String salt) {
    this(salt, false);
  }

  private CountedWeights(String salt, boolean thirds) {
    SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
    shapes.put("embed.weight", Shape.of(VOCAB, WIDTH));
    shapes.put("fc.weight", Shape.of(70, WIDTH));
    shapes.put("fc.bias", Shape.of(70));
    shapes.put("norm.weight", Shape.of(70));
    this.weights = new SyntheticWeights(shapes, 1);
    this.salt = salt;
    this.thirds = thirds;
  }

  /** With a bias of thirds in float32, which no 16-bit type can hold. */
  static CountedWeights withThirds() {
    return new CountedWeights("thirds", true);
  }

  int reads() {
    return reads;
  }

  @Override
  public Tensor tensor(String name) throws IOException {
    reads++;
    if (thirds && name.equals("fc.bias")) {
      float[] values = new float[70];
      Arrays.fill(values, 1 / 3f);
      return Tensor.ofFloats(Arena.ofAuto(), values, 70);
    }
    return weights.tensor(name);
  }

  @Override
  public StoredTensor stored(String name) throws IOException {
    return weights.stored(name);
  }

  @Override
  public Optional<String> identity(FileContent content) throws IOException {
    return weights.identity(content).map(text -> text + salt);
  }

  @Override
  public Optional<DType> dtype() {
    return thirds ? Optional.empty() : weights.dtype();
  }

  @Override
  public void release(String name) {
    weights.release(name);
  }

  @Override
  public Set<String> names() {
    return weights.names();
  }

  @Override
  public long byteSize() {
    return weights.byteSize();
  }

  @Override
  public String origin(String name) {
    return weights.origin(name);
  }

  @Override
  public void close() {
    weights.close();
  }
}
