package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.engine.sampling.SamplingSettings;
import dev.loupe.engine.sampling.TiePolicy;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every greedy and every drawn token of the goldens, guessed or not, alone and among seven others.
 * A draw that PyTorch refuses fails with PyTorch's words and harms no neighbour.
 */
class GoldensTogetherTest {
  private static final ReferenceRuns GOLDENS = new ReferenceRuns("captioner");

  /** {@code do_sample=True, temperature=1, top_k=50, top_p=1}, torch.manual_seed(1234). */
  private static final SamplingSettings TOP_50 =
      new SamplingSettings(true, 1, 0, false, 1, 50, 1, 0, TiePolicy.TORCH_CPU);

  private static final int TOGETHER = 8;

  /** How requests are answered, and in which arithmetic. */
  record Way(NumericsProfile profile, boolean guess, int together) {}

  /** The line of a golden answer, and its fields for the tokens and their text. */
  private record Key(String name, String tokens, String text) {}

  /** In 16 bits as batches alone: {@link HalfRunsTest} has the answers one by one. */
  static Stream<Way> ways() {
    return Stream.of(
        new Way(NumericsProfile.FLOAT32, true, 1),
        new Way(NumericsProfile.FLOAT32, false, 1),
        new Way(NumericsProfile.FLOAT32, true, TOGETHER),
        new Way(NumericsProfile.FLOAT32, false, TOGETHER),
        new Way(NumericsProfile.of(DType.F16, AttentionKind.SDPA), true, TOGETHER),
        new Way(NumericsProfile.FLOAT16_EAGER, true, TOGETHER));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void everyTokenIsThatOfTransformers(Way way) throws IOException {
    assumeTrue(Backend.whyScalar().isEmpty(), "takes a minute on scalars, whose bits others hold");
    Map<Key, Generation> answers = new HashMap<>();
    Map<Key, Exception> failures = new HashMap<>();
    try (Qwen2Vl model =
        Qwen2Vl.load(
            BuiltInModel.files(), LoadOptions.defaults().profile(way.profile).guess(way.guess))) {
      model.generateAll(
          way.together,
          requests().iterator(),
          new BatchListener<>() {
            @Override
            public void completed(Key key, Generation answer) {
              answers.put(key, answer);
            }

            @Override
            public void failed(Key key, Exception reason) {
              failures.put(key, reason);
            }
          });
    }
    assertGolden(way.profile, answers, failures);
    int guessed = answers.values().stream().mapToInt(Generation::guessedTokens).sum();
    if (way.guess && way.together == 1) {
      assertThat(guessed).isPositive();
    } else if (!way.guess) {
      assertThat(guessed).isZero();
    }
  }

  private static List<BatchRequest<Key>> requests() throws IOException {
    List<BatchRequest<Key>> requests = new ArrayList<>();
    for (ReferenceRuns.Case c : GOLDENS.cases()) {
      GenerationOptions greedy =
          GenerationOptions.greedy().maxNewTokens(c.maxNewTokens()).check(false);
      requests.add(new BatchRequest<>(new Key(c.name(), "greedy", "text"), c::prompt, greedy));
      requests.add(
          new BatchRequest<>(
              new Key(c.name(), "sampled_seed1234_topk50", "sampled_text"),
              c::prompt,
              greedy.sample(1234, TOP_50)));
    }
    return requests;
  }

  private static void assertGolden(
      NumericsProfile profile, Map<Key, Generation> answers, Map<Key, Exception> failures)
      throws IOException {
    for (BatchRequest<Key> request : requests()) {
      Key key = request.key();
      Map<String, Object> golden =
          GOLDENS.run(key.name, profile.computeName(), profile.attention().toString());
      if (golden.containsKey(key.tokens)) {
        assertThat(failures.get(key)).as("%s", key).isNull();
        assertThat(answers.get(key).tokens()).as("%s", key).isEqualTo(golden.get(key.tokens));
        assertThat(answers.get(key).text()).as("%s", key).isEqualTo(golden.get(key.text));
      } else {
        assertThat(failures.get(key))
            .as("%s", key)
            .isInstanceOf(InvalidDistributionException.class)
            .hasMessage((String) golden.get("sample_error"));
      }
    }
  }
}
