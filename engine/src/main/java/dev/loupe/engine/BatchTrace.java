package dev.loupe.engine;

import dev.loupe.tensor.numerics.NumericsTrace;
import java.util.List;

/**
 * An observer of a batch: it is told whose results come next. So that what it sees of a request
 * does not depend on the others, a watched batch computes each picture and prompt whole, also where
 * it could take a part from an earlier one.
 *
 * @param <K> the type of the keys
 */
public interface BatchTrace<K> extends NumericsTrace {

  /** What comes next are the pictures and the prompt of this request, all rows. */
  void prompt(K key);

  /** What comes next is one token of each of these requests, row {@code r} of {@code keys[r]}. */
  void tokens(List<K> keys);
}
