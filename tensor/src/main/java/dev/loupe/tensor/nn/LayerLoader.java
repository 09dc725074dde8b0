package dev.loupe.tensor.nn;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.LinearLayout;
import dev.loupe.tensor.PackedTensor;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.StoredIntegers;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightSource;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.internal.WeightBlocks;
import dev.loupe.tensor.numerics.ModuleId;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
  private final WeightTypes types;
  private final LongConsumer progress;
  private WeightConversion conversion = WeightConversion.NONE;
  private long bytes;

  /**
   * A loader.
   *
   * @param source the checkpoint. The loader first asks it for the tensor as an earlier load packed
   *     it; the layer is then a view of that. Otherwise the loader packs the tensor and offers it
   *     to the source
   * @param arena owns the memory of what is packed now
   * @param backend whose threads pack
   * @param compute the type that weights are rounded to; F32 keeps the stored ones, which it holds
   * @param progress takes the bytes of each tensor once it is packed
   */
  public LayerLoader(
      WeightSource source, Arena arena, Backend backend, DType compute, LongConsumer progress) {
    this(source, arena, backend, compute, WeightTypes.AS_STORED, progress);
  }

  /**
   * The same with integers for some parts, which need a compute type of F32.
   *
   * @param types in which the matrices of each part are packed
   */
  public LayerLoader(
      WeightSource source,
      Arena arena,
      Backend backend,
      DType compute,
      WeightTypes types,
      LongConsumer progress) {
    if (!types.asStored() && compute != DType.F32) {
      throw new IllegalArgumentException("%s: expected F32, found %s".formatted(types, compute));
    }
    this.source = source;
    this.arena = arena;
    this.backend = backend;
    this.compute = compute;
    this.types = types;
    this.progress = progress;
  }

  /** {@code id.weight} [outputs, inputs] and {@code id.bias} [outputs]. */
  public Linear linear(ModuleId id, int outputs, int inputs) throws IOException {
    return linear(id, outputs, inputs, true);
  }

  /** {@code id.weight} [outputs, inputs] alone, unless the source has a bias that counts. */
  public Linear linearWithoutBias(ModuleId id, int outputs, int inputs) throws IOException {
    return linear(id, outputs, inputs, false);
  }

  private Linear linear(ModuleId id, int outputs, int inputs, boolean biased) throws IOException {
    LinearLayout layout = source.layout(id.toString());
    PanelMatrix weight = matrix(id + ".weight", Shape.of(outputs, inputs), types.of(id.part()));
    Optional<Tensor> bias =
        biased || layout.biased() ? Optional.of(vector(id + ".bias", outputs)) : Optional.empty();
    return new Linear(
        id, weight, bias, layout.matmul() ? LinearProduct.MATMUL : LinearProduct.LINEAR);
  }

  /**
   * {@code id.weight} [outputs, channels, ..]: a convolution whose stride is its size, which is a
   * linear layer on the values below it.
   */
  public Linear convolution(ModuleId id, Shape shape) throws IOException {
    LinearProduct product = LinearProduct.convolution(Math.toIntExact(shape.dim(1)));
    PanelMatrix weight = matrix(id + ".weight", shape, Optional.empty());
    return new Linear(id, weight, Optional.empty(), product);
  }

  /** {@code id.weight} and {@code id.bias} [width]. */
  public LayerNorm layerNorm(ModuleId id, int width, float eps) throws IOException {
    return new LayerNorm(
        id.output(), vector(id + ".weight", width), vector(id + ".bias", width), eps);
  }

  /** {@code id.weight} [width]. */
  public RmsNorm rmsNorm(ModuleId id, int width, float eps) throws IOException {
    return new RmsNorm(id.output(), vector(id + ".weight", width), eps);
  }

  /** {@code id.weight} [entries, width]. */
  public Embedding embedding(ModuleId id, int entries, int width) throws IOException {
    PanelMatrix table = matrix(id + ".weight", Shape.of(entries, width), types.head());
    return new Embedding(id.output(), table);
  }

  /** The layer y = x Eᵀ that shares an embedding's table E, and its memory. */
  public Linear tied(ModuleId id, Embedding embedding) {
    return new Linear(id, embedding.table(), Optional.empty(), LinearProduct.LINEAR);
  }

  /** What rounding to the compute type has done to the weights loaded so far. */
  public WeightConversion conversion() {
    return conversion;
  }

  /** Bytes of the weights loaded so far, as the kernels read them. */
  public long bytes() {
    return bytes;
  }

  private PanelMatrix matrix(String name, Shape shape, Optional<QuantisedType> type)
      throws IOException {
    PackedTensor packed = packed(name, shape, () -> laidOut(name, shape, type));
    int outputs = Math.toIntExact(shape.dim(0));
    int depth = Math.toIntExact(shape.elements() / outputs);
    long stride = PanelMatrix.panelBytes(packed.dtype(), depth);
    return new PanelMatrix(packed.dtype(), outputs, depth, packed.data(), 0, stride);
  }

  /** Integers that were asked for, those that are stored, or the stored type. */
  private PackedTensor laidOut(String name, Shape shape, Optional<QuantisedType> type)
      throws IOException {
    if (type.isPresent()) {
      return quantise(name, source.tensor(name, shape), type.get());
    }
    Optional<StoredIntegers> integers =
        compute == DType.F32 ? source.integers(name, shape) : Optional.empty();
    return integers.isPresent() ? keep(integers.get(), shape) : pack(source.tensor(name, shape));
  }

  private Tensor vector(String name, int width) throws IOException {
    Shape shape = Shape.of(width);
    PackedTensor packed = packed(name, shape, () -> widen(source.tensor(name, shape)));
    return new Tensor(packed.dtype(), packed.shape(), packed.data());
  }

  /** Lays a stored tensor out for the kernels. */
  @FunctionalInterface
  private interface Packing {
    PackedTensor run() throws IOException;
  }

  /** The tensor as an earlier load packed it, or packed now and offered to the source. */
  private PackedTensor packed(String name, Shape shape, Packing packing) throws IOException {
    Optional<PackedTensor> kept = source.packed(name, shape);
    PackedTensor packed;
    if (kept.isPresent()) {
      packed = kept.get();
    } else {
      packed = packing.run();
      source.release(name);
      source.keep(name, packed);
    }
    conversion =
        conversion.plus(
            new WeightConversion(packed.converted(), packed.inexact(), packed.overflowed()));
    bytes += packed.data().byteSize();
    progress.accept(packed.storedBytes());
    return packed;
  }

  /**
   * 16-bit weights take 2 bytes each. A float16 matrix with infinities or NaN is widened, because
   * the vector kernels widen finite float16 only.
   */
  private PackedTensor pack(Tensor stored) {
    DType wanted = compute == DType.F32 ? stored.dtype() : compute;
    WeightScan scan = scan(stored, wanted);
    DType dtype = wanted == DType.F16 && !scan.halves() ? DType.F32 : wanted;
    PanelMatrix panels = allocate(dtype, stored.shape());
    backend.parallel(
        panels.panels(), (from, to, worker) -> panels.packPanels(stored, wanted, from, to));
    return packed(stored, wanted, dtype, panels.data(), scan);
  }

  /**
   * Refuses weights that float16 does not hold, for scales are float16.
   *
   * @param origin where they lie
   */
  static void requireQuantisable(String name, Tensor stored, String origin, Backend backend)
      throws IOException {
    if (!WeightScan.of(stored, DType.F16, backend).halves()) {
      throw new IOException(
          ("%s: expected weights below 65520 in size, to make integers of them, found larger ones"
                  + " or NaN in %s; leave this part as stored")
              .formatted(name, origin));
    }
  }

  /** Integers and float16 scales. */
  private PackedTensor quantise(String name, Tensor stored, QuantisedType type) throws IOException {
    requireQuantisable(name, stored, source.origin(name), backend);
    PanelMatrix panels = allocate(type.storage(), stored.shape());
    backend.parallel(
        panels.panels(), (from, to, worker) -> panels.quantisePanels(stored, from, to));
    return new PackedTensor(stored.dtype(), stored.shape(), type.storage(), panels.data(), 0, 0, 0);
  }

  /** The integers as they are stored; as a tensor they would be float32. */
  private PackedTensor keep(StoredIntegers integers, Shape shape) throws IOException {
    PanelMatrix panels = allocate(integers.type().storage(), shape);
    StoredIntegers.Numbers numbers = integers.open();
    backend.parallel(panels.panels(), (from, to, worker) -> panels.packIntegers(numbers, from, to));
    return new PackedTensor(DType.F32, shape, panels.dtype(), panels.data(), 0, 0, 0);
  }

  private PanelMatrix allocate(DType dtype, Shape shape) {
    int outputs = Math.toIntExact(shape.dim(0));
    int depth = Math.toIntExact(shape.elements() / Math.max(1, outputs));
    return PanelMatrix.allocate(arena, dtype, outputs, depth);
  }

  private PackedTensor widen(Tensor stored) {
    DType wanted = compute == DType.F32 ? stored.dtype() : compute;
    float[] floats = stored.toFloats();
    WeightBlocks.round(compute, floats, floats.length);
    Tensor values = Tensor.ofFloats(arena, floats, floats.length);
    return packed(stored, wanted, DType.F32, values.segment(), scan(stored, wanted));
  }

  private WeightScan scan(Tensor stored, DType wanted) {
    return wanted == stored.dtype() && wanted != DType.F16
        ? WeightScan.NOTHING
        : WeightScan.of(stored, wanted, backend);
  }

  private static PackedTensor packed(
      Tensor stored, DType wanted, DType dtype, MemorySegment data, WeightScan scan) {
    long converted = wanted == stored.dtype() ? 0 : stored.shape().elements();
    return new PackedTensor(
        stored.dtype(), stored.shape(), dtype, data, converted, scan.inexact(), scan.overflowed());
  }
}
