package dev.loupe.tensor.nn;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Kernels;
import dev.loupe.tensor.internal.PanelMatrix;
import java.lang.foreign.MemorySegment;

/**
 * Scaled dot-product attention (Vaswani et al., arXiv 1706.03762): softmax(q kᵀ / sqrt(d)) v, the
 * scaling applied to the finished score as a product with the float32 reciprocal root, as {@code
 * eager_attention_forward} does.
 *
 * <p>Queries go in blocks of {@link #BLOCK} rows, so the scores of a picture of n patches need 16 n
 * floats a thread and never n². A causal row looks only at the keys it may see: in float32 a masked
 * key has the weight +0 and cannot change the result.
 *
 * @param heads query heads
 * @param headDim elements of one head
 */
public record Attention(int heads, int headDim) {
  private static final int BLOCK = 16;

  /**
   * Every query attends to every key.
   *
   * @param q queries; those of row r start at {@code column}, head after head
   * @param firstRow the first row of q and of {@code out}
   * @param rows how many rows
   * @param out [.., heads * headDim], the rows {@code firstRow} on are written
   */
  public void full(
      Tensor q, int column, int firstRow, int rows, KeyValues kv, Tensor out, Workspace w) {
    forward(q, column, firstRow, rows, kv, kv.length(), false, out, w);
  }

  /**
   * Row r of q is the query of position {@code kv.length() - rows + r} and attends to the keys up
   * to its own.
   *
   * @param q [rows, heads * headDim]
   * @return the output [rows, heads * headDim], in scratch memory
   */
  public Tensor causal(Tensor q, KeyValues kv, Workspace w) {
    int rows = q.rowCount();
    Tensor out = w.matrix(rows, heads * headDim);
    forward(q, 0, 0, rows, kv, kv.length() - rows + 1, true, out, w);
    return out;
  }

  private void forward(
      Tensor q,
      int column,
      int firstRow,
      int rows,
      KeyValues kv,
      int firstVisible,
      boolean causal,
      Tensor out,
      Workspace w) {
    try (var _ = w.frame()) {
      int blocks = (rows + BLOCK - 1) / BLOCK;
      int padded = (kv.length() + LANES - 1) / LANES * LANES;
      Tensor scores = w.matrix(w.backend().threads() * BLOCK, padded);
      w.backend()
          .parallel(
              heads * blocks,
              (from, to, worker) -> {
                Tensor mine = scores.rows((long) worker * BLOCK, (worker + 1L) * BLOCK);
                for (int item = from; item < to; item++) {
                  int row = item % blocks * BLOCK;
                  int count = Math.min(BLOCK, rows - row);
                  int visible = causal ? firstVisible + row : firstVisible;
                  block(
                      q,
                      column,
                      firstRow + row,
                      count,
                      item / blocks,
                      kv,
                      visible,
                      causal,
                      mine,
                      out,
                      w,
                      worker);
                }
              });
    }
  }

  /** One head's output for a few rows; row r sees {@code visible + r} keys if causal. */
  private void block(
      Tensor q,
      int column,
      int row,
      int rows,
      int head,
      KeyValues kv,
      int visible,
      boolean causal,
      Tensor scores,
      Tensor out,
      Workspace w,
      int worker) {
    Kernels kernels = w.backend().kernels();
    DType dtype = w.compute();
    MemorySegment scratch = w.backend().scratch(worker);
    int width = q.columnCount();
    long qAt = (long) row * width + column + (long) head * headDim;
    int kvHead = head / (heads / kv.heads());
    int stride = scores.columnCount();
    MemorySegment s = scores.segment();
    int most = causal ? visible + rows - 1 : visible;

    PanelMatrix keys = kv.keys(kvHead);
    kernels.matmul(
        q.segment(),
        qAt,
        width,
        rows,
        keys,
        0,
        PanelMatrix.panels(most),
        s,
        0,
        stride,
        false,
        scratch);
    float scale = (float) (1 / Math.sqrt(headDim));
    for (int r = 0; r < rows; r++) {
      int seen = causal ? visible + r : visible;
      long at = (long) r * stride;
      kernels.round(dtype, s, at, seen);
      kernels.scale(dtype, s, at, seen, scale);
      kernels.softmax(dtype, s, at, seen);
    }

    PanelMatrix values = kv.values(kvHead);
    int panels = values.panels();
    int outWidth = out.columnCount();
    long outAt = (long) row * outWidth + (long) head * headDim;
    kernels.matmul(
        s,
        0,
        stride,
        rows,
        values.steps(0, visible),
        0,
        panels,
        out.segment(),
        outAt,
        outWidth,
        false,
        scratch);
    for (int r = 0; r < rows; r++) {
      long at = outAt + (long) r * outWidth;
      if (causal && r > 0) {
        kernels.matmul(
            s,
            (long) r * stride + visible,
            stride,
            1,
            values.steps(visible, visible + r),
            0,
            panels,
            out.segment(),
            at,
            outWidth,
            true,
            scratch);
      }
      kernels.round(dtype, out.segment(), at, headDim);
    }
  }
}
