package dev.loupe.tensor.nn;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightSource;
import dev.loupe.tensor.internal.PanelMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
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
  private final LongConsumer progress;

  /**
   * A loader.
   *
   * @param source the checkpoint; embeddings stay views of it
   * @param arena owns the memory of the layers
   * @param backend whose threads pack
   * @param progress told the bytes of each tensor once it is packed
   */
  public LayerLoader(WeightSource source, Arena arena, Backend backend, LongConsumer progress) {
    this.source = source;
    this.arena = arena;
    this.backend = backend;
    this.progress = progress;
  }

  /** {@code name.weight} [outputs, inputs] and {@code name.bias} [outputs]. */
  public Linear linear(String name, int outputs, int inputs) throws IOException {
    PanelMatrix weight = pack(matrix(name + ".weight", outputs, inputs));
    return new Linear(weight, vector(name + ".bias", outputs));
  }

  /** {@code name.weight} [outputs, inputs] alone. */
  public Linear linearWithoutBias(String name, int outputs, int inputs) throws IOException {
    return new Linear(pack(matrix(name + ".weight", outputs, inputs)));
  }

  /** {@code name.weight} of this shape, seen as a matrix of its outermost dimension by the rest. */
  public Linear flattened(String name, Shape shape) throws IOException {
    Tensor weight = source.tensor(name + ".weight", shape);
    long outputs = shape.dim(0);
    return new Linear(pack(weight.reshape(outputs, shape.elements() / outputs)));
  }

  /** {@code name.weight} and {@code name.bias} [width]. */
  public LayerNorm layerNorm(String name, int width, float eps) throws IOException {
    return new LayerNorm(vector(name + ".weight", width), vector(name + ".bias", width), eps);
  }

  /** {@code name.weight} [width]. */
  public RmsNorm rmsNorm(String name, int width, float eps) throws IOException {
    return new RmsNorm(vector(name + ".weight", width), eps);
  }

  /** {@code name.weight} [entries, width], left where the source has it. */
  public Embedding embedding(String name, int entries, int width) throws IOException {
    return new Embedding(matrix(name + ".weight", entries, width));
  }

  /** The layer y = x Eᵀ that shares an embedding's table E. */
  public Linear tied(Embedding embedding) {
    return new Linear(pack(embedding.table()));
  }

  private Tensor matrix(String name, int rows, int columns) throws IOException {
    return source.tensor(name, Shape.of(rows, columns));
  }

  private Tensor vector(String name, int width) throws IOException {
    Tensor stored = source.tensor(name, Shape.of(width));
    progress.accept(stored.segment().byteSize());
    return Tensor.ofFloats(arena, stored.toFloats(), width);
  }

  /**
   * Keeps the stored type, so that 16-bit weights take 2 bytes each; a float16 matrix with
   * infinities or NaN is widened, because the vector kernels widen finite float16 only.
   */
  private PanelMatrix pack(Tensor stored) {
    DType dtype = stored.dtype() == DType.F16 && !allFinite(stored) ? DType.F32 : stored.dtype();
    PanelMatrix packed =
        PanelMatrix.allocate(arena, dtype, stored.rowCount(), stored.columnCount());
    backend.parallel(
        packed.panels(),
        (from, to, worker) -> {
          for (int panel = from; panel < to; panel++) {
            packed.packPanel(stored, panel);
          }
        });
    progress.accept(stored.segment().byteSize());
    return packed;
  }

  private static boolean allFinite(Tensor halves) {
    long count = halves.shape().elements();
    for (long i = 0; i < count; i++) {
      int exponent = halves.segment().get(Tensor.HALF, i * 2) & 0x7c00;
      if (exponent == 0x7c00) {
        return false;
      }
    }
    return true;
  }
}
