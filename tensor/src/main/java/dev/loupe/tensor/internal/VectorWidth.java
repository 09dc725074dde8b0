package dev.loupe.tensor.internal;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * How wide vectors are: as wide as the machine prefers, at most 16 lanes. Narrower ones go through
 * a panel in several passes. Lanes always run over independent outputs or over the fixed 16 lanes
 * of a row sum, so the width cannot change a bit.
 */
final class VectorWidth {
  static final VectorSpecies<Float> F = species();
  static final VectorSpecies<Integer> I = F.withLanes(int.class);

  private VectorWidth() {}

  private static VectorSpecies<Float> species() {
    VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
    return preferred.length() > LANES ? FloatVector.SPECIES_512 : preferred;
  }
}
