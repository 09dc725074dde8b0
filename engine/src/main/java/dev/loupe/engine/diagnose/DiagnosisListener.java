package dev.loupe.engine.diagnose;

/** Told how far a diagnosis has come. Called on the thread that asked for it. */
@FunctionalInterface
public interface DiagnosisListener {

  /** Hears nothing. */
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
