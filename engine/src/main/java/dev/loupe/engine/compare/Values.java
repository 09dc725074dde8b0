package dev.loupe.engine.compare;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Reads tensors of traces row by row. A row is all elements of the innermost dimension. */
final class Values {
  private Values() {}

  /** The number of rows, of all outer dimensions together. */
  static int rows(Tensor t) {
    return columns(t) == 0 ? 0 : Math.toIntExact(t.shape().elements() / columns(t));
  }

  /** The length of a row. */
  static int columns(Tensor t) {
    return t.columnCount();
  }

  /** Copies a row, widened to float32. */
  static void read(Tensor t, int row, float[] to) {
    long at = (long) row * to.length;
    if (t.dtype() == DType.F32) {
      MemorySegment.copy(t.segment(), Tensor.FLOAT, at * 4, to, 0, to.length);
      return;
    }
    for (int i = 0; i < to.length; i++) {
      to[i] = t.getFloat(at + i);
    }
  }

  /** All elements of a tensor of integers. */
  static long[] integers(Tensor t) {
    long[] values = new long[Math.toIntExact(t.shape().elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          t.dtype() == DType.I64
              ? t.segment().getAtIndex(Tensor.LONG, i)
              : t.segment().getAtIndex(Tensor.INT, i);
    }
    return values;
  }

  /** The type with fewer bits of fraction. */
  static DType coarser(DType a, DType b) {
    return a == DType.BF16 || b == DType.BF16
        ? DType.BF16
        : a == DType.F16 || b == DType.F16 ? DType.F16 : DType.F32;
  }

  /** Rounds to a type. */
  static float round(float x, DType dtype) {
    return dtype == DType.F32 ? x : HalfFormat.of(dtype).round(x);
  }

  /** Whether a type holds every number of a tensor. */
  static boolean fits(Tensor t, DType dtype) {
    float[] row = new float[columns(t)];
    for (int r = 0; r < rows(t); r++) {
      read(t, r, row);
      for (float x : row) {
        if (x == x && x != round(x, dtype)) {
          return false;
        }
      }
    }
    return true;
  }

  /** The unit in the last place of a type at a magnitude. */
  static double ulp(float magnitude, DType dtype) {
    if (dtype == DType.F32) {
      return Math.ulp(magnitude);
    }
    HalfFormat format = HalfFormat.of(dtype);
    return format.toFloat(format.ulp(format.fromFloat(magnitude)));
  }

  /** Half a unit in the last place of 1: the largest relative error of one rounding. */
  static double roundoff(DType dtype) {
    return switch (dtype) {
      case F16 -> 0x1p-11;
      case BF16 -> 0x1p-8;
      default -> 0x1p-24;
    };
  }

  /** The name of a type as options and PyTorch have it. */
  static String name(DType dtype) {
    return switch (dtype) {
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      default -> "float32";
    };
  }
}
