package dev.loupe.tensor.nn;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;

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
    int width = x.columnCount();
    Tensor y = w.matrix(x.rowCount(), width);
    w.backend()
        .parallel(
            x.rowCount(),
            (from, to, worker) -> {
              for (long at = (long) from * width; at < (long) to * width; at += width) {
                w.kernels()
                    .rmsNorm(
                        w.compute(),
                        x.segment(),
                        at,
                        weight.segment(),
                        eps,
                        y.segment(),
                        at,
                        width);
              }
            });
    w.ended(name, y);
    return y;
  }
}
