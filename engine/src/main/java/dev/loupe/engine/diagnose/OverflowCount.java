package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.Part;
import java.util.List;

/**
 * How many scores of a layer's eager attention were infinite in one pass.
 *
 * @param pass 0 for the prompt, n for the pass over token n of the answer
 * @param part the decoder or the vision tower
 * @param layer of the part
 * @param heads the query heads, in order
 * @param overflows how many
 * @param masked how many of them the mask was to hide
 */
public record OverflowCount(
    int pass, Part part, int layer, List<Integer> heads, long overflows, long masked) {

  /** Copies the heads. */
  public OverflowCount {
    heads = List.copyOf(heads);
  }
}
