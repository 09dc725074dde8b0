package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.engine.sampling.SamplingSettings;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How to answer: a value, its ranges, and what it does with what the model says. */
class GenerationOptionsTest {
  private static Qwen2Vl model;

  @BeforeAll
  static void load() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Prompt prompt() throws IOException {
    return new ReferenceRuns("captioner").cases().get(1).prompt();
  }

  @Test
  void anOptionChangesACopy() {
    GenerationOptions greedy = GenerationOptions.greedy();
    GenerationOptions changed = greedy.maxNewTokens(7).stop("x").sample(3).topP(0.5);
    assertThat(greedy).isEqualTo(GenerationOptions.greedy());
    assertThat(changed.maxNewTokens()).hasValue(7);
    assertThat(changed.stop()).containsExactly("x");
    assertThat(changed.seed()).hasValue(3);
    assertThat(changed)
        .isEqualTo(GenerationOptions.greedy().topP(0.5).sample(3).stop("x").maxNewTokens(7))
        .hasSameHashCodeAs(GenerationOptions.greedy().topP(0.5).sample(3).stop("x").maxNewTokens(7))
        .isNotEqualTo(greedy);
    assertThat(changed.withoutSampling().seed()).isEmpty();
    assertThat(greedy.stop("x").topK(3)).hasToString("GenerationOptions{stop=[x], topK=3}");
  }

  @Test
  void whatIsSetToItsDefaultIsAsIfItWereNotSet() {
    GenerationOptions greedy = GenerationOptions.greedy();
    assertThat(greedy.check(false).check(true)).isEqualTo(greedy);
    assertThat(greedy.stop("x").stop(List.of())).isEqualTo(greedy);
    assertThat(greedy.remedy(SamplingRemedy.REMOVE_INVALID).remedy(SamplingRemedy.NONE))
        .isEqualTo(greedy)
        .hasToString("GenerationOptions{}");
    assertThat(GenerationOptions.ofModel(5).withoutSampling()).isEqualTo(greedy);
    assertThat(GenerationOptions.ofModel(5).sample(5)).isEqualTo(greedy.sample(5));
  }

  @Test
  void numbersOutOfRangeAreRefusedAtOnce() {
    GenerationOptions o = GenerationOptions.greedy();
    refused(() -> o.maxNewTokens(0), "max_new_tokens: expected at least 1, found 0");
    refused(() -> o.minNewTokens(-1), "min_new_tokens: expected at least 0, found -1");
    refused(() -> o.repetitionGuard(1), "repetition guard: expected at least 2, found 1");
    refused(() -> o.stop("a", ""), "stop: expected texts, found an empty one");
    refused(() -> o.minPixels(0), "min_pixels: expected at least 1, found 0");
    refused(
        () -> o.maxPixels(5).minPixels(6), "min_pixels: expected at most max_pixels (5), found 6");
    refused(
        () -> o.minPixels(6).maxPixels(5), "min_pixels: expected at most max_pixels (5), found 6");
    refused(() -> o.temperature(0), "temperature: ");
    refused(() -> o.topK(-1), "top_k: expected at least 0, found -1");
    refused(() -> o.topP(1.5), "top_p: ");
    refused(() -> o.minP(-0.5), "min_p: ");
    refused(() -> o.repetitionPenalty(0), "repetition_penalty: ");
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void whatIsNotSetIsAsTheModelSays() {
    SamplingSettings modelDefaults =
        new SamplingSettings(
            true, 1.05, 2, false, 0.7, 20, 0.8, 0.1, SamplingSettings.defaults().ties());
    GenerationOptions greedy = GenerationOptions.greedy();
    assertThat(greedy.samplingSettings(modelDefaults)).isEqualTo(modelDefaults.doSample(false));
    assertThat(greedy.sample(1).samplingSettings(modelDefaults)).isEqualTo(modelDefaults);
    assertThat(GenerationOptions.ofModel(1).samplingSettings(modelDefaults))
        .isEqualTo(modelDefaults);
    assertThat(
            GenerationOptions.ofModel(1).samplingSettings(modelDefaults.doSample(false)).doSample())
        .isFalse();
    SamplingSettings mine = greedy.sample(1).temperature(2).topK(0).samplingSettings(modelDefaults);
    assertThat(mine.temperature()).isEqualTo(2);
    assertThat(mine.topK()).isZero();
    assertThat(mine.topP()).isEqualTo(0.8);
    assertThat(
            greedy
                .remedy(SamplingRemedy.REMOVE_INVALID)
                .samplingSettings(modelDefaults)
                .removeInvalidValues())
        .isTrue();
    SamplingSettings given = SamplingSettings.defaults();
    assertThat(greedy.sample(1, given).topP(0.3).samplingSettings(modelDefaults).topP())
        .isEqualTo(0.3);
    assertThat(greedy.sample(1, given).samplingSettings(modelDefaults).topK()).isEqualTo(50);
  }

  @Test
  void theModelsOwnWayIsAsGoodAsGreedyForTheCaptioner() throws IOException {
    // do_sample, temperature 0.01, top_k 1: the most likely token whatever the seed.
    assertThat(model.generate(prompt(), GenerationOptions.ofModel(99)).tokens())
        .isEqualTo(model.generate(prompt(), GenerationOptions.greedy()).tokens());
  }

  @Test
  void theSameSeedDrawsTheSame() throws IOException {
    GenerationOptions hot =
        GenerationOptions.greedy().maxNewTokens(16).sample(4).temperature(2).topK(0).topP(1);
    List<Integer> first = model.generate(prompt(), hot).tokens();
    assertThat(model.generate(prompt(), hot).tokens()).isEqualTo(first);
    assertThat(model.generate(prompt(), hot.sample(5)).tokens()).isNotEqualTo(first);
  }

  @Test
  void aStopStringAcrossTokensEndsTheStream() throws IOException {
    StringBuilder pieces = new StringBuilder();
    GenerationOptions options = GenerationOptions.greedy().stop("lue tri", "never");
    Generation answer = model.generate(prompt(), options, TokenListener.text(pieces::append));
    assertThat(answer.text()).isEqualTo("A small b").isEqualTo(pieces.toString());
    assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void anAnswerDoesNotEndBeforeTheShortest() throws IOException {
    int natural = model.generate(prompt(), GenerationOptions.greedy()).tokens().size();
    Generation longer =
        model.generate(
            prompt(),
            GenerationOptions.greedy().minNewTokens(natural + 5).maxNewTokens(natural + 6));
    assertThat(longer.tokens()).hasSize(natural + 6);
    assertThat(longer.tokens().subList(0, natural + 5)).doesNotContain(445, 443);
  }

  @Test
  void theContextEndsAnAnswerThatMayBeLonger() throws IOException {
    try (LoadedModel loaded = ModelLoader.load(BuiltInModel.files(), LoadOptions.defaults())) {
      int[] prompt = new int[2040];
      GenerationOptions endless = GenerationOptions.greedy().maxNewTokens(1000).minNewTokens(8);
      GenerationState answer = begin(loaded, endless, prompt);
      for (int i = 0; i < 7; i++) {
        assertThat(answer.accept(new float[464])).isTrue();
      }
      assertThat(answer.accept(new float[464])).isFalse();
      assertThat(answer.length()).isEqualTo(2048);
      assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThatThrownBy(() -> begin(loaded, endless.minNewTokens(9), prompt))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("min_new_tokens: expected at most 8")
          .hasMessageContaining("found 9");
    }
  }

  private static GenerationState begin(
      LoadedModel loaded, GenerationOptions options, int[] prompt) {
    ConfiguredModel model = new ConfiguredModel(loaded, NumericsProfile.FLOAT32);
    return new AnswerSettings(model, options).begin(prompt, TokenListener.NONE);
  }

  @Test
  void aPictureTooLargeForTheContextIsRefusedFromItsSizeAlone() throws IOException {
    // 143 x 143 tokens of 28 x 28 pixels; the tower would run for minutes.
    GenerationOptions huge = GenerationOptions.greedy().minPixels(16_000_000);
    assertThatThrownBy(() -> model.generate(prompt(), huge))
        .isInstanceOf(PromptTooLongException.class)
        .hasMessageContaining("of which 20449 are pictures and clips")
        .hasMessageContaining("lower max_pixels");
  }

  @Test
  void detailIsALimitBesideTheOthers() {
    ImageProcessorConfig model = ImageProcessorConfig.of(Map.of()).withPixels(3136, 500_000);
    GenerationOptions low = GenerationOptions.greedy().detail(Detail.LOW);

    assertThat(low.pictures(model)).isEqualTo(model.withPixels(3136, 448 * 448));
    assertThat(low.detail(Detail.HIGH).pictures(model)).isEqualTo(model);
    assertThat(low.detail(Detail.FULL)).isEqualTo(GenerationOptions.greedy());
    assertThat(low.maxPixels(5000).pictures(model)).isEqualTo(model.withPixels(3136, 5000));
    assertThat(low.maxPixels(300_000).pictures(model)).isEqualTo(low.pictures(model));
    assertThat(low.minPixels(300_000).pictures(model))
        .isEqualTo(model.withPixels(300_000, 300_000));
  }
}
