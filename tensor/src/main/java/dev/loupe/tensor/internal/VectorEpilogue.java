package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;
import static dev.loupe.tensor.internal.VectorFunctions.rounded;
import static dev.loupe.tensor.internal.VectorWidth.F;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * {@link Epilogue} with vectors, on the sums of a tile while they are in the first cache: no pass
 * over C is needed.
 */
record VectorEpilogue(Epilogue epilogue) {
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

  /**
   * One pass of lanes over the sums of a tile.
   *
   * @param column the output that the tile starts with
   * @param columns outputs of the tile; fewer than its lanes in the last panel of a matrix
   * @param lane the first lane of the pass
   */
  void apply(float[] sums, int rows, int panels, int column, int columns, int lane) {
    if (epilogue.bias().isPresent()) {
      MemorySegment bias = epilogue.bias().get();
      for (int r = 0; r < rows; r++) {
        add(bias, sums, r * panels * LANES, column, columns, lane);
      }
    }
    if (epilogue.dtype() != DType.F32) {
      round(epilogue.dtype(), sums, rows * panels * LANES);
    }
  }

  private static void add(
      MemorySegment bias, float[] sums, int row, int column, int columns, int lane) {
    int n = lane;
    for (; n + F.length() <= columns; n += LANES) {
      int at = row + n - lane;
      FloatVector b = FloatVector.fromMemorySegment(F, bias, (column + n) * 4L, LE);
      FloatVector.fromArray(F, sums, at).add(b).intoArray(sums, at);
    }
    for (int last = n; last < columns; last++) {
      sums[row + last - lane] += bias.get(Tensor.FLOAT, (column + last) * 4L);
    }
  }

  private static void round(DType dtype, float[] sums, int count) {
    for (int i = 0; i < count; i += LANES) {
      rounded(dtype, FloatVector.fromArray(F, sums, i)).intoArray(sums, i);
    }
  }
}
