package dev.loupe.engine.screen;

/** Whether a model can run in an arithmetic, as far as the pictures show. */
public enum ScreenVerdict {
  /** Every number may double and stays in range. */
  SAFE,
  /** Every number stayed in range; one of them may not double. */
  NARROW,
  /** A number left the range, or there was no answer. */
  FAILS;

  /** The margin below which a verdict is no longer {@link #SAFE}. */
  public static final double NARROW_BELOW = 2;
}
