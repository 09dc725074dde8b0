package dev.loupe.engine.diagnose;

import java.time.Duration;

/** Gets the progress of a diagnosis. Called on the thread of the caller. */
@FunctionalInterface
public interface DiagnosisListener {

  /** Ignores the progress. */
  DiagnosisListener NONE = (done, total, next) -> {};

  /**
   * A part begins, which several runs may have in common.
   *
   * @param done how many runs are done
   * @param total how many there are
   * @param next the part, for people: {@code float16 eager, clamp: prompt}
   */
  void begins(int done, int total, String next);

  /** Whether {@link #expects} is wanted: with a large model it takes some seconds to find out. */
  default boolean wantsEstimate() {
    return false;
  }

  /**
   * Once, before the first run, if some have the arithmetic of a GPU: about how long these compute,
   * at most. Not called where that is a matter of seconds.
   */
  default void expects(Duration time) {}

  /**
   * The part has come so far.
   *
   * @param unit of what it consists: {@code vision block}, {@code layer} or {@code token}
   * @param done how many are done
   * @param total how many there are; of tokens at most, 0 if no limit is known
   */
  default void reached(String unit, int done, int total) {}
}
