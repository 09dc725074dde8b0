package dev.loupe.tensor.nn;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Float16;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightSource;
import dev.loupe.tensor.internal.PanelMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Reads the layers of a checkpoint by the names of their tensors and lays them out for the kernels.
 *
 * <p>Every method throws {@link IOException} if a tensor is missing or of another shape or type;
 * the message names it, what was expected, what was found and in which file.
 */
public final class LayerLoader {
  private final WeightSource source;
  private final Arena arena;
  private final Backend backend;
  private final DType compute;
  private final LongConsumer progress;
  private WeightConversion conversion = WeightConversion.NONE;

  /**
   * A loader.
   *
   * @param source the checkpoint; embeddings stay views of it
   * @param arena owns the memory of the layers
   * @param backend whose threads pack
   * @param compute the type that weights are rounded to; F32 keeps the stored ones, which it holds
   * @param progress told the bytes of each tensor once it is packed
   */
  public LayerLoader(
      WeightSource source, Arena arena, Backend backend, DType compute, LongConsumer progress) {
    this.source = source;
    this.arena = arena;
    this.backend = backend;
    this.compute = compute;
    this.progress = progress;
  }

  /** {@code name.weight} [outputs, inputs] and {@code name.bias} [outputs]. */
  public Linear linear(String name, int outputs, int inputs) throws IOException {
    PanelMatrix weight = pack(matrix(name + ".weight", outputs, inputs));
    return new Linear(name, weight, Optional.of(vector(name + ".bias", outputs)));
  }

  /** {@code name.weight} [outputs, inputs] alone. */
  public Linear linearWithoutBias(String name, int outputs, int inputs) throws IOException {
    return new Linear(name, pack(matrix(name + ".weight", outputs, inputs)), Optional.empty());
  }

  /** {@code name.weight} of this shape, seen as a matrix of its outermost dimension by the rest. */
  public Linear flattened(String name, Shape shape) throws IOException {
    Tensor weight = source.tensor(name + ".weight", shape);
    long outputs = shape.dim(0);
    PanelMatrix packed = pack(weight.reshape(outputs, shape.elements() / outputs));
    return new Linear(name, packed, Optional.empty());
  }

  /** {@code name.weight} and {@code name.bias} [width]. */
  public LayerNorm layerNorm(String name, int width, float eps) throws IOException {
    return new LayerNorm(name, vector(name + ".weight", width), vector(name + ".bias", width), eps);
  }

  /** {@code name.weight} [width]. */
  public RmsNorm rmsNorm(String name, int width, float eps) throws IOException {
    return new RmsNorm(name, vector(name + ".weight", width), eps);
  }

  /** {@code name.weight} [entries, width], left where the source has it. */
  public Embedding embedding(String name, int entries, int width) throws IOException {
    return new Embedding(matrix(name + ".weight", entries, width));
  }

  /** The layer y = x Eᵀ that shares an embedding's table E. */
  public Linear tied(String name, Embedding embedding) {
    return new Linear(name, pack(embedding.table()), Optional.empty());
  }

  private Tensor matrix(String name, int rows, int columns) throws IOException {
    return source.tensor(name, Shape.of(rows, columns));
  }

  /** What rounding to the compute type has done to the weights loaded so far. */
  public WeightConversion conversion() {
    return conversion;
  }

  private Tensor vector(String name, int width) throws IOException {
    Tensor stored = source.tensor(name, Shape.of(width));
    progress.accept(stored.segment().byteSize());
    Tensor values = Tensor.ofFloats(arena, stored.toFloats(), width);
    if (compute != DType.F32) {
      conversion = conversion.plus(WeightConversion.of(values, compute, 0, width));
      backend.kernels().round(compute, values.segment(), 0, width);
    }
    return values;
  }

  /**
   * 16-bit weights take 2 bytes each. A float16 matrix with infinities or NaN is widened, because
   * the vector kernels widen finite float16 only.
   */
  private PanelMatrix pack(Tensor stored) {
    DType wanted = compute == DType.F32 ? stored.dtype() : compute;
    if (wanted != stored.dtype()) {
      conversion = conversion.plus(converted(stored));
    }
    DType panels = wanted == DType.F16 && !allFinite(stored) ? DType.F32 : wanted;
    PanelMatrix packed =
        PanelMatrix.allocate(arena, panels, stored.rowCount(), stored.columnCount());
    backend.parallel(
        packed.panels(),
        (from, to, worker) -> {
          for (int panel = from; panel < to; panel++) {
            packed.packPanel(stored, wanted, panel);
          }
        });
    progress.accept(stored.segment().byteSize());
    return packed;
  }

  private WeightConversion converted(Tensor stored) {
    int rows = stored.rowCount();
    WeightConversion[] parts = new WeightConversion[backend.threads()];
    Arrays.fill(parts, WeightConversion.NONE);
    backend.parallel(
        rows,
        (from, to, worker) ->
            parts[worker] =
                WeightConversion.of(
                    stored,
                    compute,
                    (long) from * stored.columnCount(),
                    (long) to * stored.columnCount()));
    WeightConversion sum = WeightConversion.NONE;
    for (WeightConversion part : parts) {
      sum = sum.plus(part);
    }
    return sum;
  }

  /** Whether all weights are finite in float16. */
  private static boolean allFinite(Tensor stored) {
    long count = stored.shape().elements();
    for (long i = 0; i < count; i++) {
      if (!(Math.abs(stored.getFloat(i)) < Float16.OVERFLOW)) {
        return false;
      }
    }
    return true;
  }
}
