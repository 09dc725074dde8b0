package dev.loupe.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.loupe.engine.GenerationOptions;
import java.util.List;
import java.util.Optional;

/** LangChain4j's parameters of a request, whose getters return null for what is not set. */
final class Parameters {

  private static final String NO_TOOLS = "Qwen2-VL was not taught to call any";

  private Parameters() {}

  /**
   * Refuses what Loupe has not.
   *
   * @param model the only name that is accepted
   */
  static void requireSupported(ChatRequestParameters parameters, String model) {
    Optional.ofNullable(parameters.modelName())
        .filter(name -> !name.equals(model))
        .ifPresent(name -> {
          throw unsupported(
              "'modelName' parameter %s is not supported: expected %s, the model that is loaded"
                  .formatted(name, model));
        });
    requireNone("frequencyPenalty", parameters.frequencyPenalty());
    requireNone("presencePenalty", parameters.presencePenalty());
    if (parameters.toolChoice() == ToolChoice.REQUIRED) {
      throw unsupported("ToolChoice.REQUIRED is not supported: " + NO_TOOLS);
    }
    if (!orNone(parameters.toolSpecifications()).isEmpty()) {
      throw unsupported("tools are not supported: " + NO_TOOLS);
    }
    Optional.ofNullable(parameters.responseFormat())
        .filter(format -> format.type() == ResponseFormatType.JSON)
        .ifPresent(format -> {
          throw unsupported("JSON response format is not supported: answers are plain text");
        });
  }

  /** A penalty of 0 changes nothing. */
  private static void requireNone(String name, Double penalty) {
    if (penalty != null && penalty != 0) {
      throw unsupported(
          "'%s' parameter is not supported: GenerationOptions.repetitionPenalty may serve instead"
              .formatted(name));
    }
  }

  static UnsupportedFeatureException unsupported(String message) {
    return new UnsupportedFeatureException(message);
  }

  /**
   * Options with what the parameters say.
   *
   * @throws InvalidRequestException if a number is out of range
   */
  static GenerationOptions applied(ChatRequestParameters parameters, GenerationOptions options) {
    try {
      GenerationOptions applied = drawn(parameters, options);
      if (parameters.maxOutputTokens() != null) {
        applied = applied.maxNewTokens(parameters.maxOutputTokens());
      }
      List<String> stop = orNone(parameters.stopSequences());
      return stop.isEmpty() ? applied : applied.stop(stop);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  private static GenerationOptions drawn(
      ChatRequestParameters parameters, GenerationOptions options) {
    Double temperature = parameters.temperature();
    Double topP = parameters.topP();
    Integer topK = parameters.topK();
    if (temperature != null && temperature == 0) {
      return options.withoutSampling();
    }
    if (temperature == null && topP == null && topK == null) {
      return options;
    }
    GenerationOptions drawn = options.sample(options.seed().orElse(0));
    drawn = temperature == null ? drawn : drawn.temperature(temperature);
    drawn = topP == null ? drawn : drawn.topP(topP);
    return topK == null ? drawn : drawn.topK(topK);
  }

  private static <T> List<T> orNone(List<T> list) {
    return list == null ? List.of() : list;
  }
}
