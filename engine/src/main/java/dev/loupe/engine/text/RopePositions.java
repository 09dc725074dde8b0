package dev.loupe.engine.text;

/**
 * Where each token of a prompt stands in time, row and column.
 *
 * @param streams [3][tokens]: time, row, column
 * @param next the position of the first generated token, the same in all three
 */
public record RopePositions(int[][] streams, int next) {

  /** How many tokens. */
  public int tokens() {
    return streams[0].length;
  }

  /** The positions of one token that follows {@code generated} others after the prompt. */
  public static RopePositions of(int position) {
    return new RopePositions(new int[][] {{position}, {position}, {position}}, position + 1);
  }
}
