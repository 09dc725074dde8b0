package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;

/**
 * Operations of one or two equal tensors, element by element, each rounded to the compute type. The
 * activations of the 16-bit types are looked up, so an observer sees what they come to, never a
 * float32 number before rounding: computing one for it would be another function.
 */
public final class Elementwise {

  /** Elements worth waking a thread for: about 10 microseconds of work. */
  private static final int CHUNK = 1 << 14;

  private Elementwise() {}

  /** x = x + y, the residual connection, called {@code name} in a trace. Returns x. */
  public static Tensor add(String name, Tensor x, Tensor y, Workspace w) {
    apply(
        x,
        w,
        (t, at, count) -> w.kernels().add(w.rounding(), t.segment(), at, y.segment(), at, count));
    w.ended(name, x);
    return x;
  }

  /** x = x y, called {@code name} in a trace. Returns x. */
  public static Tensor multiply(String name, Tensor x, Tensor y, Workspace w) {
    apply(
        x,
        w,
        (t, at, count) ->
            w.kernels().multiply(w.rounding(), t.segment(), at, y.segment(), at, count));
    w.ended(name, x);
    return x;
  }

  /** x = x / (1 + e^-x): SiLU, also called swish. Returns x. */
  public static Tensor silu(String name, Tensor x, Workspace w) {
    apply(x, w, (t, at, count) -> w.kernels().silu(w.compute(), t.segment(), at, count));
    w.ended(name, x);
    return x;
  }

  /** x = x sigmoid(1.702 x), the GELU of CLIP, with a rounding after each of its three steps. */
  public static Tensor quickGelu(String name, Tensor x, Workspace w) {
    apply(x, w, (t, at, count) -> w.kernels().quickGelu(w.compute(), t.segment(), at, count));
    w.ended(name, x);
    return x;
  }

  /** x = x/2 (1 + erf(x / sqrt 2)): the exact GELU. Returns x. */
  public static Tensor gelu(String name, Tensor x, Workspace w) {
    apply(x, w, (t, at, count) -> w.kernels().gelu(w.compute(), t.segment(), at, count));
    w.ended(name, x);
    return x;
  }

  /**
   * x if its values are those of the compute type anyway, else a rounded copy in scratch memory.
   */
  public static Tensor rounded(Tensor x, Workspace w) {
    if (w.compute() == DType.F32) {
      return x;
    }
    return apply(
        w.copy(x),
        w,
        (copy, at, count) -> w.kernels().round(w.compute(), copy.segment(), at, count));
  }

  private interface RangeKernel {
    void run(Tensor t, long at, long count);
  }

  private static Tensor apply(Tensor x, Workspace w, RangeKernel kernel) {
    long elements = x.shape().elements();
    int chunks = Math.toIntExact((elements + CHUNK - 1) / CHUNK);
    w.backend()
        .parallel(
            chunks,
            (from, to, worker) -> {
              long at = (long) from * CHUNK;
              kernel.run(x, at, Math.min((long) to * CHUNK, elements) - at);
            });
    return x;
  }
}
