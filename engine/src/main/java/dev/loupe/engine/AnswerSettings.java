package dev.loupe.engine;

import dev.loupe.engine.sampling.FlooredSampler;
import dev.loupe.engine.sampling.GreedySampler;
import dev.loupe.engine.sampling.LogitsPipeline;
import dev.loupe.engine.sampling.LogitsProcessor;
import dev.loupe.engine.sampling.MultinomialSampler;
import dev.loupe.engine.sampling.Sampler;
import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.engine.sampling.SamplingSettings;
import dev.loupe.engine.sampling.TorchCpuGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The settings of an answer: the options of its request, and for options that are not set, the
 * model's {@code generation_config.json}.
 *
 * @param model the model
 * @param options of the request
 */
record AnswerSettings(ConfiguredModel model, GenerationOptions options) {

  /**
   * An answer that has no token yet.
   *
   * @throws IllegalArgumentException if the shortest answer is longer than the longest, or if a
   *     draw is asked for and a number of it is out of range or unknown to Loupe
   */
  GenerationState begin(int[] prompt, TokenListener listener) {
    GenerationConfig modelDefaults = model.loaded().generationConfig();
    SamplingSettings settings = settings(prompt.length);
    int longest = maxNewTokens(prompt.length);
    if (settings.minNewTokens() > longest) {
      throw new IllegalArgumentException(
          ("min_new_tokens: expected at most %d (max_new_tokens, or what a prompt of %d tokens "
                  + "leaves of the model's context), found %d")
              .formatted(longest, prompt.length, settings.minNewTokens()));
    }
    Optional<RepetitionGuard> guard =
        options.repetitionGuard().isPresent()
            ? Optional.of(new RepetitionGuard(options.repetitionGuard().getAsInt()))
            : Optional.empty();
    List<String> stop = options.stop().isEmpty() ? modelDefaults.stopStrings() : options.stop();
    return new GenerationState(
        prompt,
        processors(settings, prompt.length),
        sampler(settings),
        new GenerationState.Limits(modelDefaults.eosTokenIds(), longest, guard),
        new AnswerText(model.loaded().tokenizer().newStreamingDecoder(true), stop),
        listener);
  }

  private LogitsProcessor processors(SamplingSettings settings, int promptTokens) {
    List<LogitsProcessor> all = new ArrayList<>();
    if (options.check()) {
      all.add(new FiniteScores(model.profile(), promptTokens));
    }
    all.add(
        LogitsPipeline.of(settings, promptTokens, model.loaded().generationConfig().eosTokenIds()));
    return new LogitsPipeline(all);
  }

  private SamplingSettings settings(int promptTokens) {
    GenerationConfig modelDefaults = model.loaded().generationConfig();
    SamplingSettings settings = options.samplingSettings(modelDefaults.sampling());
    int least = modelDefaults.minLength() - promptTokens;
    boolean open = options.minNewTokens().isEmpty() && settings.minNewTokens() == 0;
    return open && least > 0 ? settings.toBuilder().minNewTokens(least).build() : settings;
  }

  /** {@code max_new_tokens} overrides {@code max_length}, as in transformers. */
  private int maxNewTokens(int promptTokens) {
    int room = model.loaded().config().text().maxPositionEmbeddings() - promptTokens;
    GenerationConfig modelDefaults = model.loaded().generationConfig();
    if (options.maxNewTokens().isPresent()) {
      return Math.min(options.maxNewTokens().getAsInt(), room);
    }
    if (modelDefaults.maxNewTokens().isPresent() || modelDefaults.maxLength().isEmpty()) {
      int longest = modelDefaults.maxNewTokens().orElse(GenerationOptions.DEFAULT_MAX_NEW_TOKENS);
      return Math.min(longest, room);
    }
    int longest = modelDefaults.maxLength().getAsInt() - promptTokens;
    if (longest < 1) {
      throw new IllegalArgumentException(
          ("max_length of generation_config.json: expected more than the %d tokens of the prompt, "
                  + "found %d; set max_new_tokens, which goes before it")
              .formatted(promptTokens, modelDefaults.maxLength().getAsInt()));
    }
    return Math.min(longest, room);
  }

  private Sampler sampler(SamplingSettings settings) {
    if (!settings.doSample()) {
      return new GreedySampler();
    }
    model
        .loaded()
        .generationConfig()
        .drawRefusal()
        .ifPresent(refusal -> {
          throw new IllegalArgumentException("generation_config.json: " + refusal);
        });
    MultinomialSampler draws =
        new MultinomialSampler(new TorchCpuGenerator(options.seed().getAsLong()));
    return options.remedy() == SamplingRemedy.PROBABILITY_FLOOR ? new FlooredSampler(draws) : draws;
  }
}
