package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.TensorCore;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiagnosisListenerTest {

  /** A prompt without a picture, so no part is called pictures. */
  @Test
  void hearsOfEachPartAndHowManyRunsAreDone() throws IOException {
    List<String> heard = new ArrayList<>();
    DiagnosisOptions options =
        DiagnosisOptions.defaults()
            .remedies(List.of(Remedy.CLAMP, Remedy.GREEDY))
            .listener((done, total, next) -> heard.add(done + "/" + total + " " + next));
    Diagnosis.of(BuiltInModel.files(), Prompt.of("What is it?"), options);
    assertThat(heard)
        .containsExactly(
            "0/6 loading float32 weights",
            "0/6 float32 sdpa: prompt",
            "0/6 float32 sdpa: answer",
            "2/6 loading float16 weights",
            "2/6 float16 eager: prompt",
            "2/6 float16 eager: answer",
            "4/6 float16 eager, clamp: prompt",
            "4/6 float16 eager, clamp: answer",
            "5/6 float16 eager: backwards");
  }

  /** Wants to know everything. */
  private static final class Curious implements DiagnosisListener {
    private final List<String> reached = new ArrayList<>();
    private final List<Duration> expected = new ArrayList<>();

    @Override
    public void begins(int done, int total, String next) {}

    @Override
    public boolean wantsEstimate() {
      return true;
    }

    @Override
    public void expects(Duration time) {
      expected.add(time);
    }

    @Override
    public void reached(String unit, int done, int total) {
      reached.add("%s %d of %d".formatted(unit, done, total));
    }
  }

  private static RgbImage picture(int side) {
    return RgbImage.of(side, side, new byte[3 * side * side]);
  }

  @Test
  void hearsOfBlocksLayersAndTokens() throws IOException {
    Curious listener = new Curious();
    DiagnosisOptions options =
        DiagnosisOptions.defaults()
            .profile(NumericsProfile.FLOAT16_EAGER.with(Accumulation.of(TensorCore.HOPPER)))
            .generation(GenerationOptions.greedy().maxNewTokens(2).sample(0))
            .remedies(List.of())
            .listener(listener);
    Prompt prompt = Prompt.create().image(picture(56)).text("What?");
    Diagnosis.of(BuiltInModel.files(), prompt, options);
    assertThat(new ArrayList<>(new LinkedHashSet<>(listener.reached)))
        .containsExactly(
            "vision block 1 of 4",
            "vision block 2 of 4",
            "vision block 3 of 4",
            "vision block 4 of 4",
            "layer 1 of 4",
            "layer 2 of 4",
            "layer 3 of 4",
            "layer 4 of 4",
            "token 1 of 2",
            "token 2 of 2");
    assertThat(listener.expected).as("a matter of seconds").isEmpty();
  }

  @Test
  void isToldHowLongTheArithmeticOfAGpuTakes() throws IOException {
    NumericsProfile own = NumericsProfile.FLOAT16_EAGER;
    NumericsProfile gpu = own.with(Accumulation.of(TensorCore.HOPPER));
    GenerationOptions large = GenerationOptions.greedy().maxPixels(700 * 700).maxNewTokens(2);
    Prompt prompt = Prompt.create().image(picture(700)).text("What?");
    Curious once = new Curious();
    Curious never = new Curious();
    try (Qwen2Vl model = Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults())) {
      RunTime.tell(once, model, prompt, large, List.of(RunSettings.of(gpu), RunSettings.of(own)));
      RunTime.tell(never, model, prompt, large, List.of(RunSettings.of(own)));
    }
    assertThat(once.expected).hasSize(1).allMatch(time -> time.toMillis() > 0);
    assertThat(never.expected).isEmpty();
  }
}
