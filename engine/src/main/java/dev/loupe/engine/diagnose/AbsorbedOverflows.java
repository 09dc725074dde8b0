package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.AbsorbedOverflow;
import java.util.ArrayList;
import java.util.List;

/** Collects the overflows that operations absorb. One run, one thread. */
final class AbsorbedOverflows {

  private record Seen(int pass, AbsorbedOverflow overflow) {}

  private final List<Seen> first = new ArrayList<>();
  private final int kept;
  private long count;

  /**
   * An empty collection.
   *
   * @param kept how many of them it keeps; it counts all
   */
  AbsorbedOverflows(int kept) {
    this.kept = kept;
  }

  void add(int pass, AbsorbedOverflow overflow) {
    count += overflow.count();
    if (first.size() < kept) {
      first.add(new Seen(pass, overflow));
    }
  }

  /** How many there were: rows of norms, scores and elements. */
  long count() {
    return count;
  }

  /** The first ones, in the order of computation. */
  List<AbsorbedEvent> first(RowPlaces places) {
    return first.stream()
        .map(s ->
            new AbsorbedEvent(
                s.pass,
                s.overflow,
                s.overflow.head().isPresent()
                    ? places.ofScore(s.overflow.operation().part(), s.overflow.row())
                    : places.of(s.pass, s.overflow.operation(), s.overflow.row())))
        .toList();
  }
}
