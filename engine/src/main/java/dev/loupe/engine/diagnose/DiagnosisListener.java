package dev.loupe.engine.diagnose;

/** Told how far a diagnosis has come. Called on the thread that asked for it. */
@FunctionalInterface
public interface DiagnosisListener {

  /** Hears nothing. */
  DiagnosisListener NONE = (done, total, next) -> {};

  /**
   * A run begins.
   *
   * @param done how many runs are done
   * @param total how many there are
   * @param next what is run next, for people
   */
  void begins(int done, int total, String next);
}
