package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is guessed, and when. */
class GuesserTest {
  private static final int[] NOTHING = {};
  private static final int MANY = 100;

  private final Guesser guesser = new Guesser();

  @Test
  void whatFollowedTheSameTokensIsGuessed() {
    assertThat(guesser.next(new int[] {1, 2, 3, 4, 5, 6, 7, 1, 2}, MANY))
        .containsExactly(3, 4, 5, 6);
  }

  @Test
  void theLongestMatchCountsAndOfEqualOnesTheLast() {
    int[] ids = {9, 1, 2, 70, 71, 72, 73, 1, 2, 80, 81, 82, 83, 8, 1, 2, 90, 9, 1, 2};
    assertThat(guesser.next(ids, 1)).containsExactly(70);
    ids[17] = 5;
    assertThat(guesser.next(ids, 1)).containsExactly(90);
  }

  @Test
  void oneEqualTokenIsAMatchIfItCameJustOnce() {
    assertThat(guesser.next(new int[] {1, 2, 3, 4, 5, 2}, MANY)).containsExactly(3, 4, 5, 2);
    assertThat(guesser.next(new int[] {1, 2, 3, 4, 2, 5, 2}, MANY)).isEqualTo(NOTHING);
    guesser.checked(4, 0);
    for (int i = 0; i < 4; i++) {
      guesser.next(new int[] {}, MANY);
    }
    assertThat(guesser.next(new int[] {1, 2, 3, 4, 5, 2}, MANY)).isEqualTo(NOTHING);
  }

  @Test
  void withoutAnEqualTokenNothingIsGuessed() {
    assertThat(guesser.next(new int[] {1, 2, 3, 4}, MANY)).isEqualTo(NOTHING);
    assertThat(guesser.next(new int[] {1}, MANY)).isEqualTo(NOTHING);
    assertThat(guesser.next(new int[] {}, MANY)).isEqualTo(NOTHING);
  }

  @Test
  void aCircleGoesOn() {
    assertThat(guesser.next(new int[] {5, 1, 2, 3, 1, 2, 3}, MANY)).containsExactly(1, 2, 3, 1);
    assertThat(guesser.next(new int[] {7, 7, 7}, MANY)).containsExactly(7, 7, 7, 7);
  }

  @Test
  void noMoreIsGuessedThanIsOfUse() {
    int[] circle = {7, 7, 7, 7};
    assertThat(guesser.next(circle, 2)).hasSize(2);
    assertThat(guesser.next(circle, 0)).isEqualTo(NOTHING);
  }

  @Test
  void guessesGrowWhileTheyAreRight() {
    int[] circle = {7, 7, 7, 7};
    for (int expected : new int[] {4, 7, 7}) {
      int[] guess = guesser.next(circle, MANY);
      assertThat(guess).hasSize(expected);
      guesser.checked(guess.length, guess.length);
    }
    guesser.next(circle, MANY);
    guesser.checked(7, 5);
    assertThat(guesser.next(circle, MANY)).hasSize(5);
  }

  @Test
  void afterWrongGuessesThereIsNoneForLongerAndLonger() {
    int[] circle = IntStream.generate(() -> 7).limit(50).toArray();
    for (int pause : new int[] {4, 8, 16, 32, 64, 128, 128}) {
      assertThat(guesser.next(circle, MANY)).hasSize(4);
      guesser.checked(4, 0);
      for (int i = 0; i < pause; i++) {
        assertThat(guesser.next(circle, MANY)).as("pass %d of %d", i, pause).isEqualTo(NOTHING);
      }
    }
    assertThat(guesser.next(circle, MANY)).hasSize(4);
    guesser.checked(4, 1);
    assertThat(guesser.next(circle, MANY)).hasSize(4);
  }

  @Test
  void afterAWrongGuessALongerMatchIsAskedFor() {
    int[] pair = {1, 2, 3, 4, 5, 1, 2};
    assertThat(guesser.next(pair, 1)).hasSize(1);
    guesser.checked(1, 0);
    for (int i = 0; i < 4; i++) {
      guesser.next(pair, 1);
    }
    assertThat(guesser.next(pair, 1)).isEqualTo(NOTHING);
    assertThat(guesser.next(new int[] {0, 1, 2, 3, 4, 0, 1, 2}, 1)).containsExactly(3);
  }
}
