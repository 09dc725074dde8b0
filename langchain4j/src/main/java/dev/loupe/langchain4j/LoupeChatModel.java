package dev.loupe.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.TokenListener;
import java.util.List;

/**
 * A Qwen2-VL as a LangChain4j model. Immutable; each {@code with} method returns a changed copy.
 *
 * <pre>{@code
 * ChatModel chat = LoupeChatModel.of(model);
 * UserMessage question =
 *     UserMessage.from(TextContent.from("What is this?"), ImageContent.from(photo.toUri()));
 * String answer = chat.chat(question).aiMessage().text();
 * }</pre>
 *
 * <p>Pictures come as base64, or by a {@code data:} or {@code file:} URL, or by a path. Parameters
 * of a request: {@code maxOutputTokens}, {@code stopSequences}, {@code temperature}, {@code topP},
 * {@code topK}; one of the last three asks for tokens to be drawn, but a temperature of 0 for the
 * most likely ones.
 *
 * <p>What is not supported is an {@link UnsupportedFeatureException}; a parameter out of range, a
 * picture that cannot be read, or a prompt without room for an answer is an {@link
 * InvalidRequestException}.
 */
@SuppressWarnings("exports") // Of LangChain4j, which a modular program requires itself.
public final class LoupeChatModel implements ChatModel {
  private final Setup setup;

  private LoupeChatModel(Setup setup) {
    this.setup = setup;
  }

  /** Answers with the most likely tokens, unless a request says otherwise. */
  public static LoupeChatModel of(Qwen2Vl model) {
    return new LoupeChatModel(Setup.of(model));
  }

  /** Answers with these options where a request says nothing. */
  public LoupeChatModel withOptions(GenerationOptions options) {
    return new LoupeChatModel(setup.withOptions(options));
  }

  /**
   * Takes these parameters where a request says nothing; they go before the options.
   *
   * @throws UnsupportedFeatureException if one is set that is not supported
   * @throws InvalidRequestException if one is out of range
   */
  public LoupeChatModel withDefaultRequestParameters(ChatRequestParameters parameters) {
    return new LoupeChatModel(setup.withParameters(parameters));
  }

  /** Tells these listeners of requests, answers and errors. */
  public LoupeChatModel withListeners(ChatModelListener... listeners) {
    return new LoupeChatModel(setup.withListeners(List.of(listeners)));
  }

  @Override
  public ChatRequestParameters defaultRequestParameters() {
    return setup.parameters();
  }

  @Override
  public List<ChatModelListener> listeners() {
    return setup.listeners();
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    return setup.accept(request).answer(TokenListener.NONE);
  }
}
