package dev.loupe.tensor;

import dev.loupe.tensor.internal.PanelMatrix;
import java.lang.foreign.MemorySegment;

/**
 * A stored tensor as the kernels read it: a matrix in panels, a vector as float32; and what
 * rounding to the compute type did to it on the way.
 *
 * @param stored the type it is stored in
 * @param shape the shape it is stored in
 * @param dtype the type of the packed elements
 * @param data the packed elements, a view that lives as long as its source
 * @param converted how many elements were rounded to another type: all or none
 * @param inexact how many of these changed their value, overflows not counted
 * @param overflowed how many became infinite
 */
public record PackedTensor(
    DType stored,
    Shape shape,
    DType dtype,
    MemorySegment data,
    long converted,
    long inexact,
    long overflowed) {

  /** The version of the layout of {@link #data}; packed tensors of another one are useless. */
  public static final int LAYOUT_VERSION = PanelMatrix.LAYOUT_VERSION;

  /**
   * The bytes of a packed tensor.
   *
   * @param shape the shape it is stored in
   * @param dtype the type of the elements of a matrix; a vector is float32
   */
  public static long bytes(Shape shape, DType dtype) {
    if (shape.rank() < 2) {
      return shape.elements() * Float.BYTES;
    }
    int outputs = Math.toIntExact(shape.dim(0));
    int depth = Math.toIntExact(shape.elements() / Math.max(1, outputs));
    return PanelMatrix.panels(outputs) * PanelMatrix.panelBytes(dtype, depth);
  }

  /** The bytes of the stored tensor. */
  public long storedBytes() {
    return shape.elements() * stored.bytes();
  }
}
