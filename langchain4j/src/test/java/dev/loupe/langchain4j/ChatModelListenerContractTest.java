package dev.loupe.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.loupe.engine.Qwen2Vl;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** LangChain4j's contract for the listeners of a {@link ChatModel}, on the built-in captioner. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChatModelListenerContractTest extends AbstractChatModelListenerIT {
  private Qwen2Vl model;

  @BeforeAll
  void load() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
  }

  @AfterAll
  void close() {
    model.close();
  }

  @Override
  protected ChatModel createModel(ChatModelListener listener) {
    return LoupeChatModel.of(model)
        .withDefaultRequestParameters(
            ChatRequestParameters.builder()
                .temperature(temperature())
                .topP(topP())
                .maxOutputTokens(maxTokens())
                .build())
        .withListeners(listener);
  }

  @Override
  protected String modelName() {
    return "captioner";
  }

  /** A model that was closed. */
  @Override
  protected ChatModel createFailingModel(ChatModelListener listener) {
    try (Qwen2Vl closed = Qwen2Vl.loadBuiltIn()) {
      return LoupeChatModel.of(closed).withListeners(listener);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected Class<? extends Exception> expectedExceptionClass() {
    return IllegalStateException.class;
  }

  @Override
  protected boolean supportsTools() {
    return false;
  }
}
