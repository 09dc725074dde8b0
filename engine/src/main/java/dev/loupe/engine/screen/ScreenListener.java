package dev.loupe.engine.screen;

/** Gets each picture of a screen as it ends. An exception of it ends the screen. */
public interface ScreenListener {

  /**
   * A picture was run, with an answer or without.
   *
   * @param screen to be kept for {@link Screening#restore}
   */
  void screened(int picture, PictureScreen screen);

  /** A picture could not be run, for instance because it cannot be read. The others go on. */
  void unread(int picture, Exception reason);

  /** A token was chosen. */
  default void token() {}
}
