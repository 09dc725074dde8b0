package dev.loupe.tensor.nn;

import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.AbsorbedOverflow;
import dev.loupe.tensor.numerics.Absorption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks through the rows of an operation for overflows that it absorbs, with all threads. */
@FunctionalInterface
interface AbsorbingRows {

  /** What a row absorbs. */
  Optional<AbsorbedOverflow> row(int row);

  /** Shows the observer what all rows absorb, in their order, those of one kind together. */
  default void show(int rows, Workspace w) {
    List<Optional<AbsorbedOverflow>> found =
        new ArrayList<>(Collections.nCopies(rows, Optional.empty()));
    w.backend()
        .parallel(
            rows,
            (from, to, worker) -> {
              for (int r = from; r < to; r++) {
                found.set(r, row(r));
              }
            });
    together(found.stream().flatMap(Optional::stream)).forEach(w.trace()::absorbed);
  }

  /** Those of one kind as one, which has the place of the first. */
  static Iterable<AbsorbedOverflow> together(Stream<AbsorbedOverflow> inOrder) {
    Map<Absorption, AbsorbedOverflow> kinds = new EnumMap<>(Absorption.class);
    inOrder.forEach(o -> kinds.merge(o.how(), o, AbsorbedOverflow::plus));
    return kinds.values();
  }
}
