package dev.loupe.engine.text;

import java.util.Arrays;

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

  /** The same for the tokens from {@code first} on. */
  public RopePositions from(int first) {
    int[][] rest = new int[streams.length][];
    for (int s = 0; s < rest.length; s++) {
      rest[s] = Arrays.copyOfRange(streams[s], first, streams[s].length);
    }
    return new RopePositions(rest, next);
  }

  /** Generated tokens at these positions, the same in all three streams. */
  public static RopePositions of(int... positions) {
    return new RopePositions(
        new int[][] {positions, positions, positions}, positions[positions.length - 1] + 1);
  }
}
