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
import dev.loupe.engine.telemetry.NonFiniteEvent;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.util.List;
import java.util.Optional;

/**
 * What rules the answer to a prompt: the options of the request, and where they are silent, the
 * model's {@code generation_config.json}.
 *
 * @param loaded the model
 * @param profile its arithmetic, for messages
 * @param options of the request
 */
record AnswerRules(LoadedModel loaded, NumericsProfile profile, GenerationOptions options) {

  /**
   * An answer that has no token yet.
   *
   * @throws IllegalArgumentException if the shortest answer is longer than the longest
   */
  GenerationState begin(int[] prompt, TokenListener listener) {
    GenerationConfig makers = loaded.generationConfig();
    SamplingSettings settings = settings(prompt.length);
    int longest = maxNewTokens(prompt.length);
    if (settings.minNewTokens() > longest) {
      throw new IllegalArgumentException(
          ("min_new_tokens: expected at most %d (max_new_tokens, or what a prompt of %d tokens "
                  + "leaves of the model's context), found %d")
              .formatted(longest, prompt.length, settings.minNewTokens()));
    }
    LogitsProcessor processors = LogitsPipeline.of(settings, prompt.length, makers.eosTokenIds());
    Optional<RepetitionGuard> guard =
        options.repetitionGuard().isPresent()
            ? Optional.of(new RepetitionGuard(options.repetitionGuard().getAsInt()))
            : Optional.empty();
    List<String> stop = options.stop().isEmpty() ? makers.stopStrings() : options.stop();
    return new GenerationState(
        prompt,
        options.check() ? checked(processors, prompt.length) : processors,
        sampler(settings),
        new GenerationState.Limits(makers.eosTokenIds(), longest, guard),
        new AnswerText(loaded.tokenizer().newStreamingDecoder(true), stop),
        listener);
  }

  private SamplingSettings settings(int promptTokens) {
    SamplingSettings settings = options.rules(loaded.generationConfig().sampling());
    int least = loaded.generationConfig().minLength() - promptTokens;
    boolean open = options.minNewTokens().isEmpty() && settings.minNewTokens() == 0;
    return open && least > 0 ? settings.toBuilder().minNewTokens(least).build() : settings;
  }

  /** {@code max_new_tokens} goes before {@code max_length}, as in transformers. */
  private int maxNewTokens(int promptTokens) {
    int room = loaded.config().text().maxPositionEmbeddings() - promptTokens;
    GenerationConfig makers = loaded.generationConfig();
    if (options.maxNewTokens().isPresent()) {
      return Math.min(options.maxNewTokens().getAsInt(), room);
    }
    if (makers.maxNewTokens().isPresent() || makers.maxLength().isEmpty()) {
      int longest = makers.maxNewTokens().orElse(GenerationOptions.DEFAULT_MAX_NEW_TOKENS);
      return Math.min(longest, room);
    }
    int longest = makers.maxLength().getAsInt() - promptTokens;
    if (longest < 1) {
      throw new IllegalArgumentException(
          ("max_length of generation_config.json: expected more than the %d tokens of the prompt, "
                  + "found %d; set max_new_tokens, which goes before it")
              .formatted(promptTokens, makers.maxLength().getAsInt()));
    }
    return Math.min(longest, room);
  }

  private Sampler sampler(SamplingSettings settings) {
    if (!settings.doSample()) {
      return new GreedySampler();
    }
    MultinomialSampler draws =
        new MultinomialSampler(new TorchCpuGenerator(options.seed().getAsLong()));
    return options.remedy() == SamplingRemedy.PROBABILITY_FLOOR ? new FlooredSampler(draws) : draws;
  }

  /** Looks at the scores before the processors do, which may turn some to -infinity on purpose. */
  private LogitsProcessor checked(LogitsProcessor processors, int promptTokens) {
    return (ids, length, scores) -> {
      int bad = 0;
      for (float score : scores) {
        bad += Math.abs(score) < Float.POSITIVE_INFINITY ? 0 : 1;
      }
      if (bad > 0) {
        NonFiniteEvent.happened(length - promptTokens, bad, scores.length, profile.toString());
        throw new NonFiniteLogitsException(
            length - promptTokens, bad, scores.length, profile.toString());
      }
      processors.process(ids, length, scores);
    };
  }
}
