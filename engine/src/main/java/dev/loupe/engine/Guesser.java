package dev.loupe.engine;

import java.util.Arrays;

/**
 * Guesses the next tokens of an answer from prompt and answer so far: what followed where the same
 * tokens came before (prompt lookup decoding). The model checks all guesses in one pass, which is
 * sooner done than a pass for each token, because a pass waits for the weights.
 *
 * <p>A wrong guess costs the time of some rows. So guesses grow while they are right, and after a
 * wrong one there is none for a while, longer each time. One answer, one thread.
 */
final class Guesser {

  /** The longest guess. More rows cost more than they gain. */
  static final int LONGEST = 7;

  /** The first guess, and the first after a wrong one: hardly dearer than a pass without. */
  private static final int FIRST = 4;

  /**
   * So many tokens must have come before in the same order, and one more for each wrong guess in
   * succession. Before a wrong one, a single token will do that came before just once.
   */
  private static final int LEAST_MATCH = 2;

  /** A longer match is not better, and long runs of one token stay cheap. */
  private static final int LONGEST_MATCH = 10;

  /** After this many wrong guesses in succession the pause no longer grows: 128 passes. */
  private static final int MOST_FAILURES = 6;

  private int length = FIRST;
  private int failures;
  private int pause;

  /**
   * The tokens that may come next. Is asked once for each pass.
   *
   * @param ids prompt and answer so far
   * @param most the longest guess that is of use
   * @return none if there is nothing to guess, or earlier guesses were wrong
   */
  int[] next(int[] ids, int most) {
    if (pause > 0) {
      pause--;
      return new int[0];
    }
    int count = Math.min(length, most);
    int from = count > 0 ? continuation(ids) : 0;
    return from == 0 ? new int[0] : following(ids, from, count);
  }

  /** Where the longest match ends, the last one of several; 0 if there is none. */
  private int continuation(int[] ids) {
    int best = 0;
    int longest = LEAST_MATCH + failures - 1;
    int single = 0;
    int singles = 0;
    for (int end = ids.length - 1; end > 0 && longest < LONGEST_MATCH; end--) {
      int match = match(ids, end);
      if (match > longest) {
        longest = match;
        best = end;
      } else if (match > 0) {
        single = end;
        singles++;
      }
    }
    return best == 0 && singles == 1 && failures == 0 ? single : best;
  }

  /** How many tokens before {@code end} are the last tokens, {@link #LONGEST_MATCH} at most. */
  private static int match(int[] ids, int end) {
    int most = Math.min(end, LONGEST_MATCH);
    int match = 0;
    while (match < most && ids[end - 1 - match] == ids[ids.length - 1 - match]) {
      match++;
    }
    return match;
  }

  /** The tokens from here on; past the last of them, what was guessed so far goes on. */
  private static int[] following(int[] ids, int from, int count) {
    int[] longer = Arrays.copyOf(ids, ids.length + count);
    for (int i = 0; i < count; i++) {
      longer[ids.length + i] = longer[from + i];
    }
    return Arrays.copyOfRange(longer, ids.length, longer.length);
  }

  /**
   * How good the last guess was.
   *
   * @param guessed its tokens
   * @param right how many of them, from the first on, are those of the answer
   */
  void checked(int guessed, int right) {
    if (right == 0) {
      failures = Math.min(failures + 1, MOST_FAILURES);
      pause = 2 << failures;
      length = FIRST;
    } else {
      failures = 0;
      length = right == guessed ? Math.min(2 * length, LONGEST) : Math.max(FIRST, right);
    }
  }
}
