package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.numerics.Operands;
import dev.loupe.tensor.numerics.Operands.Kind;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;

/** Gathers {@link Operands}, each a copy that outlives the pass. */
final class OperandCopies {
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /** Adds one number. */
  OperandCopies number(String name, float number) {
    return numbers(name, new float[] {number});
  }

  /** Adds a row of a matrix. */
  OperandCopies row(String name, Tensor matrix, int row) {
    return row(name, Row.of(matrix, row));
  }

  /** Adds a vector. */
  OperandCopies vector(String name, Tensor vector) {
    return numbers(name, vector.toFloats());
  }

  /** Adds a row. */
  OperandCopies row(String name, Row row) {
    float[] numbers = new float[row.count()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = row.at(i);
    }
    return numbers(name, numbers);
  }

  /** Adds the first numbers of a row of a matrix in panels. */
  OperandCopies row(String name, PanelMatrix matrix, int row, int count) {
    float[] numbers = new float[count];
    for (int k = 0; k < count; k++) {
      numbers[k] = matrix.at(row, k);
    }
    return numbers(name, numbers);
  }

  /** Adds rows {@code from} to {@code to} (exclusive) of a matrix in panels. */
  OperandCopies rows(String name, PanelMatrix matrix, int from, int to) {
    Tensor rows = Tensor.allocate(Arena.ofAuto(), DType.F32, to - from, matrix.depth());
    for (int r = from; r < to; r++) {
      matrix.readRow(r, rows.segment(), (long) (r - from) * matrix.depth());
    }
    tensors.put(name, rows);
    return this;
  }

  private OperandCopies numbers(String name, float[] numbers) {
    tensors.put(name, Tensor.ofFloats(Arena.ofAuto(), numbers, numbers.length));
    return this;
  }

  /** What was gathered. */
  Operands of(Kind kind, int row, int column) {
    return new Operands(kind, row, column, tensors);
  }
}
