package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;
import static dev.loupe.tensor.internal.VectorFunctions.rounded;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What is done to the sums of a tile while they are in the first cache: the bias of a linear layer
 * is added, and the result rounded. Passes over C of their own took 2 % of the vision tower's time,
 * all of it memory's.
 *
 * @param dtype the type that sums are rounded to; F32 for no rounding
 * @param bias one float for each output
 */
record VectorEpilogue(DType dtype, Optional<MemorySegment> bias) {
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final VectorSpecies<Float> F = VectorKernels.F;

  static final VectorEpilogue NONE = new VectorEpilogue(DType.F32, Optional.empty());

  /**
   * One pass of lanes over the sums of a tile.
   *
   * @param column the output that the tile starts with
   * @param columns outputs of the tile; fewer than its lanes in the last panel of a matrix
   * @param lane the first lane of the pass
   */
  void apply(float[] sums, int rows, int panels, int column, int columns, int lane) {
    if (bias.isPresent()) {
      for (int r = 0; r < rows; r++) {
        add(bias.get(), sums, r * panels * LANES, column, columns, lane);
      }
    }
    if (dtype != DType.F32) {
      round(dtype, sums, rows * panels * LANES);
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
