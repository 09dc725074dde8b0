package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.engine.sampling.SamplingSettings;
import dev.loupe.engine.sampling.TiePolicy;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.testkit.TestFiles;
import dev.loupe.weights.ModelDirectory;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.jr.ob.JSON;

/**
 * A captioner whose largest scores lie within 1.25 of 65520: in float16 with eager attention some
 * prompts fail and some do not, some only by scores that the mask would have hidden, some only at a
 * later token. Against torch 2.13 on a CPU.
 */
class BorderlineTest {

  /**
   * A score of some 65,000 is a sum of 32 products in float32, whose steps are 0.0039 there; within
   * 0.01 of the edge another order of additions may fall on the other side.
   */
  private static final double ORDER_DECIDES = 0.01;

  private static final SamplingSettings TOP_50 =
      new SamplingSettings(true, 1, 0, false, 1, 50, 1, 0, TiePolicy.TORCH_CPU);

  private static final ReferenceRuns GOLDENS = new ReferenceRuns("borderline");
  private static Qwen2Vl model;

  @BeforeAll
  static void load() throws IOException {
    ModelDirectory files =
        ModelDirectory.of(TestFiles.file("checkpoints/borderline/config.json").getParent());
    LoadOptions options = LoadOptions.defaults().profile(NumericsProfile.FLOAT16_EAGER);
    model = Qwen2Vl.load(files, options);
  }

  @AfterAll
  static void close() {
    if (model != null) {
      model.close();
    }
  }

  static List<ReferenceRuns.Case> cases() throws IOException {
    return GOLDENS.cases();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyPromptFailsOrAnswersAsInPyTorch(ReferenceRuns.Case c) throws IOException {
    Map<String, Object> run = GOLDENS.run(c.name(), "float16", "eager");
    GenerationOptions greedy =
        GenerationOptions.greedy().maxNewTokens(c.maxNewTokens()).check(false);
    assertThat(model.generate(c.prompt(), greedy, TokenListener.NONE).tokens())
        .isEqualTo(run.get("greedy"));
    GenerationOptions drawn = greedy.sample(1234, TOP_50);
    if (run.containsKey("sample_error")) {
      assertThatThrownBy(() -> model.generate(c.prompt(), drawn, TokenListener.NONE))
          .isInstanceOf(InvalidDistributionException.class)
          .hasMessage((String) run.get("sample_error"));
    } else {
      assertThat(model.generate(c.prompt(), drawn, TokenListener.NONE).tokens())
          .isEqualTo(run.get("sampled_seed1234_topk50"));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theSameScoresOverflowUnlessTheOrderOfAdditionsDecides(ReferenceRuns.Case c)
      throws IOException {
    double nearest = nearest().get(c.name());
    try (SafetensorsFile golden = GOLDENS.stages(c.name(), "float16", "eager");
        TraceRecorder ours = new TraceRecorder()) {
      model.trace(c.prompt(), GenerationOptions.greedy(), ours);
      for (String stage : golden.entries().keySet()) {
        if (stage.endsWith(".nonfinite")) {
          Tensor theirs = golden.tensor(stage);
          Tensor mine = ours.stages().get(stage);
          boolean same = mine.segment().mismatch(theirs.segment()) == -1;
          if (nearest > ORDER_DECIDES) {
            assertThat(same).as(stage).isTrue();
          } else if (!same) {
            System.out.printf(
                "%s: nearest score %.4f from 65520, %s ours %s, PyTorch's %s%n",
                c, nearest, stage, mine.shape(), theirs.shape());
          }
        }
      }
    }
  }

  private static Map<String, Double> nearest() throws IOException {
    Map<String, Double> nearest = new HashMap<>();
    byte[] json = Files.readAllBytes(TestFiles.file("goldens/borderline/edge.json"));
    for (Object o : JSON.std.listFrom(json)) {
      Map<?, ?> row = (Map<?, ?>) o;
      nearest.put((String) row.get("case"), ((Number) row.get("nearest")).doubleValue());
    }
    return nearest;
  }
}
