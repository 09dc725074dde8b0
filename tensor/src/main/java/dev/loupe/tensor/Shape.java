package dev.loupe.tensor;

import java.util.Arrays;

/** The dimensions of a tensor, outermost first. A scalar has none. Immutable. */
public final class Shape {
  private final long[] dims;

  private Shape(long[] dims) {
    this.dims = dims;
  }

  /**
   * A shape of these dimensions.
   *
   * @throws IllegalArgumentException if a dimension is negative
   */
  public static Shape of(long... dims) {
    for (long d : dims) {
      if (d < 0) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(dims) + ": expected dimensions of at least 0, found " + d);
      }
    }
    return new Shape(dims.clone());
  }

  /** How many dimensions there are. */
  public int rank() {
    return dims.length;
  }

  /** The size of dimension {@code i}; negative {@code i} counts from the innermost, -1. */
  public long dim(int i) {
    return dims[i < 0 ? dims.length + i : i];
  }

  /**
   * The product of all dimensions; 1 for a scalar.
   *
   * @throws ArithmeticException if it exceeds a long
   */
  public long elements() {
    long n = 1;
    for (long d : dims) {
      n = Math.multiplyExact(n, d);
    }
    return n;
  }

  /** A copy of the dimensions. */
  public long[] toArray() {
    return dims.clone();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Shape s && Arrays.equals(dims, s.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** As Python prints it: {@code [3840, 1280]}. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
