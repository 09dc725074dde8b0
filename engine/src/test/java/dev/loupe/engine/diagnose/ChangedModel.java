package dev.loupe.engine.diagnose;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.StoredTensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The built-in captioner with other numbers in some of its tensors. */
public final class ChangedModel implements ModelFiles {
  private final ModelFiles files = BuiltInModel.files();
  private final Map<String, Consumer<float[]>> changes = new LinkedHashMap<>();

  /**
   * Changes a tensor.
   *
   * @param change is given the elements in row-major order, to be overwritten
   */
  public ChangedModel with(String tensor, Consumer<float[]> change) {
    changes.put(tensor, change);
    return this;
  }

  @Override
  public String name() {
    return files.name();
  }

  @Override
  public String location() {
    return files.location();
  }

  @Override
  public boolean has(String file) {
    return files.has(file);
  }

  @Override
  public InputStream open(String file) throws IOException {
    return files.open(file);
  }

  @Override
  public ModelWeights openWeights() throws IOException {
    return new Weights(files.openWeights(), changes);
  }

  private record Weights(ModelWeights unchanged, Map<String, Consumer<float[]>> changes)
      implements ModelWeights {

    @Override
    public Tensor tensor(String name) throws IOException {
      Tensor tensor = unchanged.tensor(name);
      if (!changes.containsKey(name)) {
        return tensor;
      }
      float[] values = tensor.toFloats();
      changes.get(name).accept(values);
      return Tensor.ofFloats(Arena.ofAuto(), values, tensor.shape().toArray());
    }

    @Override
    public StoredTensor stored(String name) throws IOException {
      return unchanged.stored(name);
    }

    @Override
    public Set<String> names() {
      return unchanged.names();
    }

    @Override
    public String origin(String name) {
      return unchanged.origin(name);
    }

    @Override
    public long byteSize() {
      return unchanged.byteSize();
    }

    @Override
    public void close() {
      unchanged.close();
    }
  }
}
