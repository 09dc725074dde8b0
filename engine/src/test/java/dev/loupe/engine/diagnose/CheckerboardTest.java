package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.TensorCore;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Squares of 56 pixels, 1350 by 1800: the picture of ollama/ollama#18070, which makes another model
 * overflow in float16 accumulators. docs/diagnose.md says what it does to the built-in one.
 */
class CheckerboardTest {
  private static final int WIDTH = 1350;
  private static final int HEIGHT = 1800;
  private static final int SQUARE = 56;

  private static RgbImage checkerboard() {
    byte[] samples = new byte[3 * WIDTH * HEIGHT];
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        if ((x / SQUARE + y / SQUARE) % 2 == 1) {
          int at = 3 * (y * WIDTH + x);
          Arrays.fill(samples, at, at + 3, (byte) 255);
        }
      }
    }
    return RgbImage.of(WIDTH, HEIGHT, samples);
  }

  @Test
  void overflowsNowhereInTheTowerOfTheBuiltInModel() throws IOException {
    Accumulation half = Accumulation.of(TensorCore.HOPPER).withAccumulator(DType.F16);
    Diagnosis d =
        Diagnosis.of(
            BuiltInModel.files(),
            Prompt.create().image(checkerboard()).text("Describe this image."),
            DiagnosisOptions.defaults()
                .profile(NumericsProfile.FLOAT16_EAGER.with(half))
                .generation(GenerationOptions.greedy().maxPixels(100_000).maxNewTokens(1).sample(0))
                .remedies(List.of()));
    assertThat(d.overflowCounts()).isNotEmpty().allMatch(c -> c.part() == Part.DECODER);
    assertThat(d.sumCounts())
        .extracting(c -> c.operation().toString())
        .containsExactly("model.layers.1.self_attn.scores");
    assertThat(d.firstSum().orElseThrow().sum().finiteInFloat32()).isFalse();
    assertThat(d.firstNan().orElseThrow().stage()).hasToString("layers.1");
  }
}
