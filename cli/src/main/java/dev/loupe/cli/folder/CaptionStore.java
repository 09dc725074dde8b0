package dev.loupe.cli.folder;

import dev.loupe.engine.Caption;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Keeps captions, and knows what an interrupted run has done.
 *
 * <p>Call {@link #open} or {@link #openReadOnly} first, then the questions, then, from one thread,
 * {@link #write}. A second thread may call {@link #existingCaption} at the same time. {@link
 * #close} releases the lock; {@link #finish} says that the run is complete.
 */
public interface CaptionStore extends AutoCloseable {

  /**
   * Locks the output for this run, and repairs what a killed run has left.
   *
   * @return what was repaired, one sentence each
   * @throws IOException if another run uses the output, or it cannot be written
   */
  List<String> open() throws IOException;

  /** Reads the output without a lock, and changes nothing. */
  void openReadOnly() throws IOException;

  /**
   * The file for the caption of a picture: one of its own, or one for all pictures.
   *
   * @throws IOException if there can be no such file
   */
  Path target(PictureFile picture) throws IOException;

  /**
   * A key that two different pictures must not share; a picture that is given twice has the same
   * key.
   *
   * @throws IOException if there can be no such file
   */
  String key(PictureFile picture) throws IOException;

  /** What the store has of a picture. */
  State state(PictureFile picture) throws IOException;

  /** The caption that existed before this run; empty if there is none. */
  String existingCaption(PictureFile picture) throws IOException;

  /**
   * Writes a caption. When this returns, the whole caption is on the disk; when it throws, nothing
   * of it is.
   *
   * @param text the text to write: the caption with prefix and suffix
   */
  void write(PictureFile picture, String prompt, Caption caption, String text) throws IOException;

  /** Ends a complete run: every picture is captioned or has failed. */
  void finish() throws IOException;

  @Override
  void close() throws IOException;

  /** What a store has of a picture. */
  enum State {
    /** No caption. */
    NONE,
    /** A caption that existed before this run. */
    EXISTING,
    /** A caption that the same command wrote before it was interrupted. */
    DONE
  }
}
