package dev.loupe.cli.folder;

import dev.loupe.engine.Caption;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Where captions are kept, and how an interrupted run finds out what it has done.
 *
 * <p>First {@link #open} or {@link #look}; then questions; then, from one thread, {@link #write}. A
 * second thread may ask for {@link #before} meanwhile. Closing ends the lock; {@link #finish} alone
 * says that nothing is left to do.
 */
public interface CaptionStore extends AutoCloseable {

  /**
   * Takes the output for this run alone, and repairs what a killed run has left.
   *
   * @return what was repaired, a sentence each
   * @throws IOException if another run is at work on it, or it cannot be written
   */
  List<String> open() throws IOException;

  /** Reads what is there, and changes nothing. */
  void look() throws IOException;

  /**
   * Where the caption of a picture goes: a file for itself, or one that all share.
   *
   * @throws IOException if there can be no such place
   */
  Path target(PictureFile picture) throws IOException;

  /**
   * What two pictures must not have in common; one given twice has it in common with itself.
   *
   * @throws IOException if there can be no such place
   */
  String key(PictureFile picture) throws IOException;

  /** What there is already. */
  State state(PictureFile picture) throws IOException;

  /** The caption that is there already, and not from this run; empty if there is none. */
  String before(PictureFile picture) throws IOException;

  /**
   * Keeps a caption. It is whole and on the disk when this returns, and nothing of it is if it
   * throws.
   *
   * @param text what is kept: the caption with whatever belongs around it
   */
  void write(PictureFile picture, String prompt, Caption caption, String text) throws IOException;

  /** The run came to its end: everything that could be done is done. */
  void finish() throws IOException;

  @Override
  void close() throws IOException;

  /** What a store has of a picture. */
  enum State {
    /** No caption. */
    NONE,
    /** A caption from before. */
    BEFORE,
    /** One that the same command wrote before it was interrupted. */
    DONE
  }
}
