package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.loupe.engine.synthetic.SyntheticModel;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Held against counts that others have made of the published 2B. */
class ModelCostTest {
  private ModelCost cost;

  @BeforeEach
  void publishedShape() throws IOException {
    cost = new ModelCost(ModelParts.config(new SyntheticModel("synthetic:2b")), 2, 2);
  }

  @Test
  void aPatchTakesItsShareOfTheMatricesAndItsRowOfScores() {
    // 1.278 GFLOP a patch and 4 x 1280 x 32 = 163,840 for each pair of patches.
    assertThat(cost.pictureFlops(1024))
        .isCloseTo(1.278e9 * 1024 + 163_840.0 * 1024 * 1024, within(1e9));
  }

  @Test
  void aTokenTakesTwoOperationsAWeight() {
    // 1,310,340,608 weights outside the embedding, 129,536 of them norms and 57,344 biases.
    double tokens = cost.prefillFlops(101) - cost.prefillFlops(100);
    double attention = 4.0 * 1536 * 28 * 101;
    assertThat(tokens - attention).isCloseTo(2 * (1_310_340_608.0 - 144_896), within(1e6));
  }

  @Test
  void aStepReadsAllWeightsOnceAndTheCacheOfEachSequence() {
    // 3.087 GB with the tied table; 28 layers x 2 x 256 x 4 bytes for each position.
    assertThat(cost.decodeBytes(1, 0)).isCloseTo(3.087e9, within(1e6));
    assertThat(cost.decodeBytes(8, 100) - cost.decodeBytes(1, 0)).isEqualTo(8 * 100 * 57_344.0);
  }
}
