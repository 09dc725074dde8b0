package dev.loupe.engine;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.PackedTensor;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightSource;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.weights.StoredTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The tensors of a model of some configuration: their names and shapes, in the order in which the
 * model loads them. The constructors of the layers are the definition: they run once without
 * weights, and the tensors that they ask for are recorded.
 *
 * @param tensors shapes by published name
 */
public record ModelDefinition(SequencedMap<String, Shape> tensors) {

  /** Keeps a copy. */
  public ModelDefinition {
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
  }

  /**
   * The definition of the model that {@link Qwen2Vl#load} makes of this configuration.
   *
   * @throws IllegalArgumentException if a size exceeds what a tensor can have
   */
  public static ModelDefinition of(Qwen2VlConfig config) {
    Recorder recorder = new Recorder();
    try (Backend backend = Backend.scalar(1)) {
      LayerLoader layers =
          new LayerLoader(recorder, Arena.global(), backend, DType.F32, bytes -> {});
      new MultimodalModel(layers, config);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "config.json: expected sizes of which no product exceeds a tensor's, found larger ones",
          e);
    } catch (IOException e) {
      throw new AssertionError("a recorder reads nothing", e);
    }
    return new ModelDefinition(recorder.shapes);
  }

  /** What differs between this definition and some weights, a line for each tensor. */
  public List<String> differences(Map<String, StoredTensor> found) {
    List<String> differences = new ArrayList<>();
    tensors.forEach((name, shape) -> {
      StoredTensor stored = found.get(name);
      if (stored == null) {
        differences.add(
            "%s: expected %s, found none among %d tensors".formatted(name, shape, found.size()));
      } else {
        mismatch(name, shape, stored).ifPresent(differences::add);
      }
    });
    return differences;
  }

  private static Optional<String> mismatch(String name, Shape shape, StoredTensor stored) {
    Optional<DType> dtype = stored.type().dtype();
    return dtype.isEmpty() && shape.equals(stored.shape())
        ? Optional.of(
            "%s: expected F32, BF16 or F16, found %s in %s"
                .formatted(name, stored.type(), stored.origin()))
        : WeightSource.mismatch(
            name, shape, stored.shape(), dtype.orElse(DType.U8), stored.origin());
  }

  /** A source without weights: it records what it is asked for. */
  private static final class Recorder implements WeightSource {

    private static final PackedTensor NOTHING =
        new PackedTensor(
            DType.F32, Shape.of(0), DType.F32, MemorySegment.ofArray(new byte[0]), 0, 0, 0);

    private final SequencedMap<String, Shape> shapes = new LinkedHashMap<>();

    @Override
    public Optional<PackedTensor> packed(String name, Shape expected) {
      shapes.put(name, expected);
      return Optional.of(NOTHING);
    }

    @Override
    public Set<String> names() {
      return shapes.keySet();
    }

    @Override
    public Tensor tensor(String name) throws IOException {
      throw new IOException(name + ": expected no reading of a recorder");
    }

    @Override
    public String origin(String name) {
      return "definition";
    }
  }
}
