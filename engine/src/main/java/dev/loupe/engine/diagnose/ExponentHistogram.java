package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.ExponentCounts;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import java.util.ArrayList;
import java.util.List;

/**
 * Which powers of two the results of an operation had before rounding, in all layers and the whole
 * run together.
 *
 * @param part the part of the model
 * @param operation its name, with a star for the layer: {@code model.layers.*.mlp.down_proj}
 * @param zeros how many were zero, or below 2^-126
 * @param nonFinite how many were infinite or NaN
 * @param least the least exponent that occurred; 0 if there was no number but zero
 * @param counts how many numbers had this exponent, the next one, and so on
 */
public record ExponentHistogram(
    Part part, String operation, long zeros, long nonFinite, int least, List<Long> counts) {

  /** Copies the list. */
  public ExponentHistogram {
    counts = List.copyOf(counts);
  }

  /** The name of an operation in all layers. */
  static String inAllLayers(OperationId operation) {
    return operation.toString().replaceFirst("\\.(layers|blocks)\\.\\d+", ".$1.*");
  }

  static ExponentHistogram of(Part part, String operation, ExponentCounts all) {
    List<Long> counts = new ArrayList<>();
    int least = 0;
    for (int e = ExponentCounts.LEAST; e <= ExponentCounts.LARGEST; e++) {
      if (counts.isEmpty() && all.count(e) > 0) {
        least = e;
      }
      if (!counts.isEmpty() || all.count(e) > 0) {
        counts.add(all.count(e));
      }
    }
    while (!counts.isEmpty() && counts.getLast() == 0) {
      counts.removeLast();
    }
    return new ExponentHistogram(part, operation, all.zeros(), all.nonFinite(), least, counts);
  }
}
