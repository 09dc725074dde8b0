package dev.loupe.engine.diagnose;

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
}
