package dev.loupe.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A dense, row-major, little-endian block of numbers: a view of memory with another owner.
 *
 * <p>A tensor is as valid as the arena of its segment; reading one after that arena was closed is
 * an {@link IllegalStateException}. Two tensors may look at the same memory.
 *
 * @param dtype the element type
 * @param shape the dimensions, outermost first
 * @param segment exactly {@code shape.elements() * dtype.bytes()} bytes, at any alignment
 */
public record Tensor(DType dtype, Shape shape, MemorySegment segment) {

  /** Little-endian float32 at any alignment. */
  public static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Little-endian int32 at any alignment. */
  public static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Little-endian 16-bit word (float16 or bfloat16 bits) at any alignment. */
  public static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Little-endian int64 at any alignment. */
  public static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Tensors made by Loupe start on a cache line, which is also the widest vector. */
  private static final long ALIGNMENT = 64;

  /**
   * Checks that the memory has the size that type and shape ask for.
   *
   * @throws IllegalArgumentException if it has not
   */
  public Tensor {
    long expected = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
    if (segment.byteSize() != expected) {
      throw new IllegalArgumentException(
          "%s tensor of shape %s: expected %d bytes, found %d"
              .formatted(dtype, shape, expected, segment.byteSize()));
    }
  }

  /** A new tensor of zeros that lives as long as {@code arena}. */
  public static Tensor allocate(Arena arena, DType dtype, long... dims) {
    Shape shape = Shape.of(dims);
    long bytes = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
    return new Tensor(dtype, shape, arena.allocate(bytes, ALIGNMENT));
  }

  /** A float32 tensor with a copy of these values. */
  public static Tensor ofFloats(Arena arena, float[] values, long... dims) {
    Tensor t = allocate(arena, DType.F32, dims);
    MemorySegment.copy(values, 0, t.segment, FLOAT, 0, values.length);
    return t;
  }

  /** An int64 tensor with a copy of these values. */
  public static Tensor ofLongs(Arena arena, long[] values, long... dims) {
    Tensor t = allocate(arena, DType.I64, dims);
    MemorySegment.copy(values, 0, t.segment, LONG, 0, values.length);
    return t;
  }

  /** The same memory seen with other dimensions of the same product. */
  public Tensor reshape(long... dims) {
    return new Tensor(dtype, Shape.of(dims), segment);
  }

  /** Rows {@code from} to {@code to} (exclusive) of the outermost dimension, a view. */
  public Tensor rows(long from, long to) {
    long[] dims = shape.toArray();
    long rowBytes = segment.byteSize() / Math.max(1, dims[0]);
    dims[0] = to - from;
    return new Tensor(
        dtype, Shape.of(dims), segment.asSlice(from * rowBytes, (to - from) * rowBytes));
  }

  /** The number of rows of a matrix: its outermost dimension. */
  public int rowCount() {
    return Math.toIntExact(shape.dim(0));
  }

  /** The number of columns of a matrix: its innermost dimension. */
  public int columnCount() {
    return Math.toIntExact(shape.dim(-1));
  }

  /**
   * Element {@code index} in row-major order, widened to float32 (exact for the 16-bit types).
   *
   * @throws UnsupportedOperationException unless the type is F32, BF16 or F16
   */
  public float getFloat(long index) {
    return switch (dtype) {
      case F32 -> segment.get(FLOAT, index * 4);
      case BF16 -> Float.intBitsToFloat(segment.get(HALF, index * 2) << 16);
      case F16 -> Float.float16ToFloat(segment.get(HALF, index * 2));
      default ->
          throw new UnsupportedOperationException(
              dtype + " tensor: expected F32, BF16 or F16 to read as float32");
    };
  }

  /**
   * A copy of all elements, widened to float32.
   *
   * @throws UnsupportedOperationException unless the type is F32, BF16 or F16
   */
  public float[] toFloats() {
    float[] values = new float[Math.toIntExact(shape.elements())];
    if (dtype == DType.F32) {
      MemorySegment.copy(segment, FLOAT, 0, values, 0, values.length);
      return values;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = getFloat(i);
    }
    return values;
  }
}
