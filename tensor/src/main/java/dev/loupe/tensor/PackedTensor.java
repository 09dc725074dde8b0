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

  /** The bytes of the stored tensor. */
  public long storedBytes() {
    return shape.elements() * stored.bytes();
  }
}
