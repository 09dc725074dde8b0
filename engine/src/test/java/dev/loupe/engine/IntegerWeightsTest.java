package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import dev.loupe.engine.synthetic.SyntheticModel;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.cache.WeightsCache;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What rounding the weights of the captioner to 8 and 4 bits costs. */
class IntegerWeightsTest {
  private static final ReferenceRuns PROMPTS = new ReferenceRuns("captioner");

  /**
   * Greedy answers of all prompts, and the logits of the last token of each prompt, against
   * float32. Found were 34 of 34 equal answers and a distance of 0.0081 with 8 bits, 28 of 34 and
   * 0.0797 with 4 bits; in groups of 128 34 and 0.0131, 30 and 0.1013. Half as much again is
   * allowed for the distance.
   *
   * @param equal how many answers have to be those of transformers, at least
   * @param distance of the logits, of their largest size, at most
   */
  @ParameterizedTest
  @CsvSource({"int8, 34, 0.012", "int4, 28, 0.12", "int8:128, 34, 0.02", "int4:128, 30, 0.15"})
  void answersAndLogitsStayNearThoseOfTheStoredWeights(String weights, int equal, double distance)
      throws IOException {
    LoadOptions options = LoadOptions.defaults().noCache();
    int same = 0;
    double largest = 0;
    double sum = 0;
    try (Qwen2Vl stored = Qwen2Vl.load(BuiltInModel.files(), options);
        Qwen2Vl model =
            Qwen2Vl.load(BuiltInModel.files(), options.weights(WeightTypes.of(weights)))) {
      List<ReferenceRuns.Case> cases = PROMPTS.cases();
      for (ReferenceRuns.Case c : cases) {
        List<?> expected = (List<?>) PROMPTS.run(c.name(), "float32", "sdpa").get("greedy");
        GenerationOptions greedy = GenerationOptions.greedy().maxNewTokens(expected.size());
        Generation answer = model.generate(c.prompt(), greedy, TokenListener.NONE);
        same += answer.tokens().equals(expected) ? 1 : 0;
        double difference = difference(stored, model, c);
        largest = Math.max(largest, difference);
        sum += difference / cases.size();
      }
      System.out.printf(
          "%s: %d of %d answers equal; logits differ by %.4f of the largest at most, %.4f on average%n",
          weights, same, cases.size(), largest, sum);
    }
    assertThat(same).isGreaterThanOrEqualTo(equal);
    assertThat(largest).isBetween(1e-6, distance);
  }

  private static double difference(Qwen2Vl stored, Qwen2Vl model, ReferenceRuns.Case c)
      throws IOException {
    try (TraceRecorder expected = new TraceRecorder();
        TraceRecorder found = new TraceRecorder()) {
      stored.trace(c.prompt(), GenerationOptions.greedy(), expected);
      model.trace(c.prompt(), GenerationOptions.greedy(), found);
      Tensor logits = expected.stages().get("logits");
      return ReferenceRuns.relativeDifference(logits, found.stages().get("logits"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"stored", "int8", "int4", "decoder=int4", "head=int8", "decoder=int8,tower=int4"})
  void theSizeThatIsKnownBeforeIsThatOfThePackedWeights(String weights) throws IOException {
    WeightTypes types = WeightTypes.of(weights);
    LoadOptions options = LoadOptions.defaults().noCache().weights(types);
    try (LoadedNetwork network = LoadedNetwork.load(BuiltInModel.files(), options);
        ModelWeights source = BuiltInModel.files().openWeights()) {
      assertThat(network.weightBytes()).isEqualTo(WeightsCache.size(source, DType.F32, types));
    }
  }

  /** As docs/models.md says. */
  @ParameterizedTest
  @CsvSource({"stored, 4.42", "int8, 2.35", "int4, 1.36"})
  void thePublishedSizeHasTheseGigabytes(String weights, double gigabytes) throws IOException {
    try (ModelWeights source = new SyntheticModel("synthetic:2b").openWeights()) {
      assertThat(1e-9 * WeightsCache.size(source, DType.F32, WeightTypes.of(weights)))
          .isCloseTo(gigabytes, offset(0.005));
    }
  }

  @Test
  void sixteenBitsToComputeInAreRefused() {
    LoadOptions options =
        LoadOptions.defaults()
            .weights(WeightTypes.of("int4"))
            .profile(NumericsProfile.FLOAT16_EAGER);
    assertThatThrownBy(() -> Qwen2Vl.load(BuiltInModel.files(), options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weights of 8 or 4 bits: expected the compute type float32, found float16");
  }
}
