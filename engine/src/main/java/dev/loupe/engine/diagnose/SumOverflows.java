package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.SumOverflow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Collects the sums that overflow in float16 accumulators. One run, one thread. */
final class SumOverflows {

  /** The first sum and its pass. */
  private record First(int pass, SumOverflow sum) {}

  private record Place(int pass, OperationId operation) {}

  private final Map<Place, Long> counts = new LinkedHashMap<>();
  private final int kept;
  private Optional<First> first = Optional.empty();

  /**
   * An empty collection.
   *
   * @param kept how many counts it keeps
   */
  SumOverflows(int kept) {
    this.kept = kept;
  }

  void add(int pass, SumOverflow overflow) {
    if (first.isEmpty()) {
      first = Optional.of(new First(pass, overflow));
    }
    Place place = new Place(pass, overflow.operation());
    if (counts.size() < kept || counts.containsKey(place)) {
      counts.merge(place, overflow.sums(), Long::sum);
    }
  }

  /** The first in the order of computation. */
  Optional<SumEvent> first(RowPlaces places) {
    return first.map(
        f -> new SumEvent(f.pass, f.sum, places.of(f.pass, f.sum.operation(), f.sum.row())));
  }

  /** By pass and product, in the order of computation. */
  List<SumCount> counts() {
    List<SumCount> list = new ArrayList<>();
    counts.forEach((place, sums) -> list.add(new SumCount(place.pass, place.operation, sums)));
    return list;
  }
}
