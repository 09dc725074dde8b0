package dev.loupe.cli.folder;

import dev.loupe.engine.Caption;

/** Receives the events of a run, from several threads. */
public interface RunListener {

  /** A picture was read and waits for its turn. */
  void read(PictureFile picture);

  /** A token was chosen, for any of the pictures in flight. */
  void token();

  /** A picture's caption is on the disk. */
  void captioned(PictureFile picture, Caption caption);

  /** A picture failed. */
  void failed(FailedPicture failed);
}
