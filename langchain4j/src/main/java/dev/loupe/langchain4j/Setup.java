package dev.loupe.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/**
 * What both chat models are made of.
 *
 * @param model answers
 * @param options where parameters say nothing
 * @param parameters where a request says nothing; they name the model
 * @param listeners hear of requests, answers and errors
 */
record Setup(
    Qwen2Vl model,
    GenerationOptions options,
    ChatRequestParameters parameters,
    List<ChatModelListener> listeners) {

  static Setup of(Qwen2Vl model) {
    ChatRequestParameters named = ChatRequestParameters.builder().modelName(model.name()).build();
    return new Setup(model, GenerationOptions.greedy(), named, List.of());
  }

  Setup withOptions(GenerationOptions other) {
    return new Setup(model, other, parameters, listeners);
  }

  Setup withParameters(ChatRequestParameters other) {
    Parameters.requireSupported(other, model.name());
    Parameters.applied(other, options);
    return new Setup(model, options, parameters.overrideWith(other), listeners);
  }

  Setup withListeners(List<ChatModelListener> others) {
    return new Setup(model, options, parameters, others);
  }

  /**
   * Checks what can be checked at once.
   *
   * @throws dev.langchain4j.exception.UnsupportedFeatureException if the request asks for something
   *     Loupe has not
   * @throws InvalidRequestException if the URL of a picture makes no sense
   */
  Accepted accept(ChatRequest request) {
    Parameters.requireSupported(request.parameters(), model.name());
    try {
      Messages.requireSupported(request.messages());
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
    return new Accepted(this, request.messages(), request.parameters());
  }

  /** A request that asks for nothing unsupported. */
  record Accepted(Setup setup, List<ChatMessage> messages, ChatRequestParameters parameters) {

    /**
     * Reads the pictures and answers.
     *
     * @throws InvalidRequestException if the request makes no sense
     */
    ChatResponse answer(TokenListener listener) {
      try {
        GenerationOptions options = Parameters.applied(parameters, setup.options());
        Prompt prompt = Messages.prompt(messages);
        return response(setup.model().generate(prompt, options, listener));
      } catch (IOException | IllegalArgumentException e) {
        throw new InvalidRequestException(e.getMessage(), e);
      }
    }

    private ChatResponse response(Generation answer) {
      return ChatResponse.builder()
          .id(UUID.randomUUID().toString())
          .modelName(setup.model().name())
          .aiMessage(AiMessage.from(answer.text()))
          .tokenUsage(new TokenUsage(answer.promptTokens(), answer.tokens().size()))
          .finishReason(
              switch (answer.finishReason()) {
                case STOP -> FinishReason.STOP;
                case LENGTH -> FinishReason.LENGTH;
                case REPETITION, CANCELLED -> FinishReason.OTHER;
              })
          .build();
    }
  }
}
