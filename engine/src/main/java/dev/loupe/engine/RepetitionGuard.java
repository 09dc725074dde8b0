package dev.loupe.engine;

import java.util.List;

/**
 * Detects an answer that repeats itself: its last tokens are the same run, several times in
 * succession.
 *
 * @param times how many times in succession are a repetition, at least 2
 */
public record RepetitionGuard(int times) {

  /** The longest run that is looked for, in tokens. */
  public static final int LONGEST_RUN = 64;

  /** Whether the answer ends with a repetition. */
  public boolean repeats(List<Integer> answer) {
    int longest = Math.min(LONGEST_RUN, answer.size() / times);
    for (int run = 1; run <= longest; run++) {
      if (ends(answer, run)) {
        return true;
      }
    }
    return false;
  }

  private boolean ends(List<Integer> answer, int run) {
    int last = answer.size() - 1;
    for (int i = 0; i < run * (times - 1); i++) {
      if (!answer.get(last - i).equals(answer.get(last - i - run))) {
        return false;
      }
    }
    return true;
  }
}
