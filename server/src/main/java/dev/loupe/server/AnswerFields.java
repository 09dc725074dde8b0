package dev.loupe.server;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.io.JsonObject;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/**
 * The options of an answer, read from the fields of a request.
 *
 * <p>A request without rules of the draw and without a seed gets the most likely token each time. A
 * request with a temperature above 0, or with another rule, gets tokens drawn by its own rules
 * alone: Qwen2-VL's rules have top_k 1, under which a temperature has no effect. A request with a
 * seed alone gets tokens drawn by the model's rules. Without a seed each answer has a new one.
 *
 * @param fields the fields that hold the rules
 * @param penalty the protocol's name of the repetition penalty
 */
record AnswerFields(JsonObject fields, String penalty) {

  private static final double MAX_TEMPERATURE = 2;

  /** Scores are float32: divided by much less, or multiplied by much more, they are infinite. */
  private static final double LEAST_FACTOR = 1e-15;

  private static final double LARGEST_FACTOR = 1e15;

  /**
   * The options of an answer.
   *
   * @param base values for what the request does not give
   * @param length the number of tokens that the request asks for
   * @param limit the largest number of tokens
   */
  GenerationOptions apply(GenerationOptions base, OptionalInt length, int limit) {
    GenerationOptions options = base.maxNewTokens(Math.min(limit, length.orElse(limit)));
    OptionalInt shortest = fields.integer("min_tokens");
    if (shortest.isPresent()) {
      options = checked("min_tokens", options::minNewTokens, shortest.getAsInt());
    }
    OptionalDouble repetition = fields.number(penalty);
    if (repetition.isPresent()) {
      requirePenalty(repetition.getAsDouble());
      options = checked(penalty, options::repetitionPenalty, repetition.getAsDouble());
    }
    if (fields.has("stop")) {
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
      return fields.has("seed") ? base.sample(seed()) : base;
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
      if (t != 0 && !(t >= LEAST_FACTOR && t <= MAX_TEMPERATURE)) {
        boolean tiny = t > 0 && t < LEAST_FACTOR;
        throw ApiError.field(
            fields.name("temperature"),
            "expected 0%s to %s, found %s"
                .formatted(tiny ? ", or " + LEAST_FACTOR : "", MAX_TEMPERATURE, t));
      }
    });
  }

  private void requirePenalty(double found) {
    if (!(found >= LEAST_FACTOR && found <= LARGEST_FACTOR)) {
      throw ApiError.field(
          fields.name(penalty),
          "expected %s to %s, found %s".formatted(LEAST_FACTOR, LARGEST_FACTOR, found));
    }
  }

  private long seed() {
    return fields.wholeNumber("seed").orElseGet(() -> ThreadLocalRandom.current().nextLong());
  }

  /** Sets an option. A refusal names the field of the request. */
  private <T> GenerationOptions checked(String field, Function<T, GenerationOptions> set, T value) {
    try {
      return set.apply(value);
    } catch (IllegalArgumentException e) {
      String reason = Optional.ofNullable(e.getMessage()).orElse(e.toString());
      throw ApiError.field(fields.name(field), reason.replaceFirst("^[a-zA-Z_ ]+: ", ""));
    }
  }
}
