package dev.loupe.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Qwen2Vl;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * A Qwen2-VL as a LangChain4j model that streams its answer. Immutable; each {@code with} method
 * returns a changed copy. What {@link LoupeChatModel} says of requests holds here too.
 *
 * <p>{@code chat} returns at once. An {@link UnsupportedFeatureException} is thrown on the calling
 * thread; every other error goes to {@code onError}. An exception of the handler goes to its own
 * {@code onError}, and the answer goes on. After {@code StreamingHandle.cancel()} the answer ends
 * with the current token, and the handler hears no more.
 */
@SuppressWarnings("exports") // Of LangChain4j, which a modular program requires itself.
public final class LoupeStreamingChatModel implements StreamingChatModel {
  private final Setup setup;
  private final Executor executor;

  private LoupeStreamingChatModel(Setup setup, Executor executor) {
    this.setup = setup;
    this.executor = executor;
  }

  /** Answers with the most likely tokens, unless a request says otherwise. */
  public static LoupeStreamingChatModel of(Qwen2Vl model) {
    return new LoupeStreamingChatModel(Setup.of(model), LoupeStreamingChatModel::onNewThread);
  }

  /** Not a virtual thread: it computes for seconds, and would keep a carrier from all others. */
  private static void onNewThread(Runnable answer) {
    Thread.ofPlatform().name("loupe-chat").start(answer);
  }

  /** Answers with these options where a request says nothing. */
  public LoupeStreamingChatModel withOptions(GenerationOptions options) {
    return new LoupeStreamingChatModel(setup.withOptions(options), executor);
  }

  /**
   * Takes these parameters where a request says nothing; they go before the options.
   *
   * @throws UnsupportedFeatureException if one is set that is not supported
   * @throws InvalidRequestException if one is out of range
   */
  public LoupeStreamingChatModel withDefaultRequestParameters(ChatRequestParameters parameters) {
    return new LoupeStreamingChatModel(setup.withParameters(parameters), executor);
  }

  /** Tells these listeners of requests, answers and errors. */
  public LoupeStreamingChatModel withListeners(ChatModelListener... listeners) {
    return new LoupeStreamingChatModel(setup.withListeners(List.of(listeners)), executor);
  }

  /** Answers on this executor's threads, which stay the caller's, instead of new ones. */
  public LoupeStreamingChatModel withExecutor(Executor executor) {
    return new LoupeStreamingChatModel(setup, executor);
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
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    Setup.Accepted accepted = setup.accept(request);
    HandlerStream stream = new HandlerStream(handler);
    executor.execute(() -> stream.run(accepted));
  }
}
