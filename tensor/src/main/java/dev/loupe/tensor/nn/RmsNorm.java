package dev.loupe.tensor.nn;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Row;

/**
 * y = w * x / sqrt(mean x² + eps), each row by itself (Zhang and Sennrich, arXiv 1910.07467). The
 * normalised row is rounded to the compute type before the weight is applied, as {@code
 * Qwen2RMSNorm} does, and the product again.
 */
public final class RmsNorm {
  private final String name;
  private final Tensor weight;
  private final float eps;

  RmsNorm(String name, Tensor weight, float eps) {
    this.name = name;
    this.weight = weight;
    this.eps = eps;
  }

  /** The normalised rows of x, in scratch memory. */
  public Tensor forward(Tensor x, Workspace w) {
    Tensor y = w.matrix(x.rowCount(), x.columnCount());
    w.backend()
        .parallel(
            x.rowCount(),
            (from, to, worker) -> {
              for (int r = from; r < to; r++) {
                w.kernels().rmsNorm(w.compute(), Row.of(x, r), weight.segment(), eps, Row.of(y, r));
              }
            });
    w.ended(name, y);
    return y;
  }
}
