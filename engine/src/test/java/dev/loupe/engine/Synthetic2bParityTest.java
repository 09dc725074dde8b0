package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.engine.synthetic.SyntheticModel;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.testkit.TestFiles;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The real 2B shapes and vocabulary with two layers and two blocks, weights by rule, against
 * transformers 5.17 in float32. Needs the Qwen2 vocabulary and 2 GB of memory.
 */
class Synthetic2bParityTest {

  /** As in {@link CaptionerParityTest}: float32 sums in two orders. */
  private static final double ORDER_OF_ADDITIONS = 2e-5;

  private static final ReferenceRuns GOLDENS = new ReferenceRuns("synthetic-2b");
  private static Qwen2Vl model;

  @BeforeAll
  static void load() throws IOException {
    assumeTrue(Backend.whyScalar().isEmpty(), "scalar kernels would take minutes");
    LoadOptions options =
        LoadOptions.defaults().noCache().tokenizer(TestFiles.file("qwen2-tokenizer"));
    model = Qwen2Vl.load(new SyntheticModel("synthetic:2b:layers=2:depth=2"), options);
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
  void stagesAndTokensAreThoseOfTransformers(ReferenceRuns.Case c) throws IOException {
    try (SafetensorsFile golden = GOLDENS.stages(c.name(), "float32", "eager");
        TraceRecorder ours = new TraceRecorder()) {
      model.trace(c.prompt(), GenerationOptions.greedy(), ours);
      for (String stage : golden.entries().keySet()) {
        if (stage.endsWith("_ids") || stage.equals("grid_thw")) {
          assertThat(ours.stages().get(stage).segment().mismatch(golden.tensor(stage).segment()))
              .as(stage)
              .isEqualTo(-1);
        } else if (!stage.startsWith("attention.")) {
          double difference =
              ReferenceRuns.relativeDifference(golden.tensor(stage), ours.stages().get(stage));
          System.out.printf("synthetic-2b float32 %s %-20s %.1e%n", c, stage, difference);
          assertThat(difference).as(stage).isLessThan(ORDER_OF_ADDITIONS);
        }
      }
    }
    GenerationOptions options = GenerationOptions.greedy().maxNewTokens(c.maxNewTokens());
    Generation answer = model.generate(c.prompt(), options, TokenListener.NONE);
    assertThat(answer.tokens()).isEqualTo(GOLDENS.run(c.name(), "float32", "eager").get("greedy"));
  }
}
