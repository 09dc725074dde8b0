package dev.loupe.server;

import dev.loupe.engine.GenerationOptions;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/**
 * How to answer, as a request says it. Silence means the most likely token each time. A temperature
 * above 0 or another rule of the draw means drawing by what the request says alone: Qwen2-VL's own
 * rules have top_k 1, under which a temperature would do nothing. A seed alone means drawing by the
 * model's rules; without a seed each answer is drawn from another one.
 *
 * @param fields where the rules stand
 * @param penalty what the protocol calls the penalty on tokens that were there before
 */
record AnswerFields(JsonFields fields, String penalty) {

  private static final double MAX_TEMPERATURE = 2;

  /**
   * The options of an answer.
   *
   * @param base what holds where the request says nothing
   * @param length the length asked for
   * @param limit the longest answer
   */
  GenerationOptions apply(GenerationOptions base, OptionalInt length, int limit) {
    GenerationOptions options = base.maxNewTokens(Math.min(limit, length.orElse(limit)));
    OptionalInt shortest = fields.integer("min_tokens");
    if (shortest.isPresent()) {
      options = checked("min_tokens", options::minNewTokens, shortest.getAsInt());
    }
    OptionalDouble repetition = fields.number(penalty);
    if (repetition.isPresent()) {
      options = checked(penalty, options::repetitionPenalty, repetition.getAsDouble());
    }
    if (fields.value("stop").isPresent()) {
      options = checked("stop", options::stop, fields.texts("stop"));
    }
    return draw(options);
  }

  private GenerationOptions draw(GenerationOptions base) {
    OptionalDouble temperature = fields.number("temperature");
    requireTemperature(temperature);
    if (temperature.isPresent() && temperature.getAsDouble() == 0) {
      return base.withoutSampling();
    }
    OptionalDouble topP = fields.number("top_p");
    OptionalDouble minP = fields.number("min_p");
    OptionalInt topK = fields.integer("top_k");
    boolean rules =
        temperature.isPresent() || topP.isPresent() || minP.isPresent() || topK.isPresent();
    if (!rules) {
      return fields.value("seed").isPresent() ? base.sample(seed()) : base;
    }
    GenerationOptions options = base.sample(seed());
    options = checked("temperature", options::temperature, temperature.orElse(1));
    options = checked("top_p", options::topP, topP.orElse(1));
    options = checked("min_p", options::minP, minP.orElse(0));
    // Some clients write -1 for all.
    return checked("top_k", options::topK, topK.orElse(-1) == -1 ? 0 : topK.getAsInt());
  }

  private void requireTemperature(OptionalDouble temperature) {
    temperature.ifPresent(t -> {
      if (!(t >= 0 && t <= MAX_TEMPERATURE)) {
        throw ApiError.field(
            fields.name("temperature"), "expected 0 to %s, found %s".formatted(MAX_TEMPERATURE, t));
      }
    });
  }

  private long seed() {
    return fields.wholeNumber("seed").orElseGet(() -> ThreadLocalRandom.current().nextLong());
  }

  /** A setting, whose refusal is told under the field's name. */
  private <T> GenerationOptions checked(String field, Function<T, GenerationOptions> set, T value) {
    try {
      return set.apply(value);
    } catch (IllegalArgumentException e) {
      String reason = Optional.ofNullable(e.getMessage()).orElse(e.toString());
      throw ApiError.field(fields.name(field), reason.replaceFirst("^[a-zA-Z_ ]+: ", ""));
    }
  }
}
