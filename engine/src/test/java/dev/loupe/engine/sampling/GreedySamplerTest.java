package dev.loupe.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GreedySamplerTest {
  private final GreedySampler sampler = new GreedySampler();

  @Test
  void theLowestIndexWinsATie() {
    assertThat(sampler.next(new float[] {1, 3, 2, 3})).isEqualTo(1);
  }

  @Test
  void theFirstNaNBeatsEveryNumber() {
    assertThat(sampler.next(new float[] {1, Float.POSITIVE_INFINITY, Float.NaN, 3, Float.NaN}))
        .isEqualTo(2);
  }

  @Test
  void aRowOfNaNAnswersTokenZero() {
    assertThat(sampler.next(new float[] {Float.NaN, Float.NaN})).isZero();
  }

  @Test
  void aRowOfMinusInfinityAnswersTokenZero() {
    float none = Float.NEGATIVE_INFINITY;
    assertThat(sampler.next(new float[] {none, none})).isZero();
  }
}
