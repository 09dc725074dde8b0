package dev.loupe.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.loupe.engine.TokenListener;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** One answer on its way to a handler, which may cancel it from any thread. */
final class HandlerStream implements StreamingHandle, TokenListener {
  private static final Logger LOG = System.getLogger(HandlerStream.class.getName());

  private final StreamingChatResponseHandler handler;
  private final PartialResponseContext context = new PartialResponseContext(this);
  private volatile boolean cancelled;

  HandlerStream(StreamingChatResponseHandler handler) {
    this.handler = handler;
  }

  /** Answers, and tells the handler how it ended. Throws nothing but errors of the JVM. */
  void run(Setup.Accepted request) {
    ChatResponse response;
    try {
      response = request.answer(this);
    } catch (RuntimeException e) {
      fail(e);
      return;
    }
    if (!cancelled) {
      tell(() -> handler.onCompleteResponse(response));
    }
  }

  @Override
  public boolean token(int id, String text) {
    if (!text.isEmpty() && !cancelled) {
      tell(() -> handler.onPartialResponse(new PartialResponse(text), context));
    }
    return !cancelled;
  }

  private void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void fail(RuntimeException reason) {
    try {
      handler.onError(reason);
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "the handler of a streamed answer failed in onError; ignored", e);
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }
}
