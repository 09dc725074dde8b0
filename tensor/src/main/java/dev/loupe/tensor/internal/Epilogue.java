package dev.loupe.tensor.internal;

import dev.loupe.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What a linear layer does to a finished sum: the bias is added in float32, then the result is
 * rounded once.
 *
 * @param dtype the type that sums are rounded to; F32 for no rounding
 * @param bias one float for each output
 */
public record Epilogue(DType dtype, Optional<MemorySegment> bias) {

  /** Leaves sums as they are. */
  static final Epilogue NONE = new Epilogue(DType.F32, Optional.empty());

  /** The same for a matrix that begins with output {@code first} of this one. */
  Epilogue from(int first) {
    return new Epilogue(dtype, bias.map(b -> b.asSlice(first * Float.BYTES)));
  }

  /**
   * The outputs from {@code from} to {@code to} (exclusive), one by one.
   *
   * @param c all outputs of some rows
   */
  void apply(Rows c, int from, int to) {
    for (int r = 0; r < c.count(); r++) {
      for (int n = from; n < to; n++) {
        float sum = FloatMemory.get(c.segment(), c.start(r) + n);
        float biased = bias.isPresent() ? sum + FloatMemory.get(bias.get(), n) : sum;
        FloatMemory.set(c.segment(), c.start(r) + n, Rounding.round(dtype, biased));
      }
    }
  }
}
