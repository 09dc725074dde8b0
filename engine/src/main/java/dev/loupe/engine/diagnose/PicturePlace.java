package dev.loupe.engine.diagnose;

/**
 * Where a patch or a token lies in its picture or clip. All numbers count from 1.
 *
 * @param clip whether it is a clip and no picture
 * @param number which picture or clip of the prompt
 * @param time step in time
 * @param times steps in time; 1 for a picture
 * @param row from the top
 * @param rows how many
 * @param column from the left
 * @param columns how many
 */
public record PicturePlace(
    boolean clip, int number, int time, int times, int row, int rows, int column, int columns) {

  /** For people: {@code picture 1 (row 2 of 8, column 3 of 12)}. */
  @Override
  public String toString() {
    String step = times == 1 ? "" : "time step %d, ".formatted(time);
    return "%s %d (%srow %d of %d, column %d of %d)"
        .formatted(clip ? "clip" : "picture", number, step, row, rows, column, columns);
  }
}
