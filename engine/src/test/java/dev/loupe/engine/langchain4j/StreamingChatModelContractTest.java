package dev.loupe.engine.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.common.StreamingMode;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.loupe.engine.Qwen2Vl;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class StreamingChatModelContractTest extends AbstractStreamingChatModelIT {
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
  protected List<StreamingChatModel> models() {
    return List.of(LoupeStreamingChatModel.of(model));
  }

  @Override
  protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
    return LoupeStreamingChatModel.of(model).withDefaultRequestParameters(parameters);
  }

  @Override
  protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
    return ChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
  }

  @Override
  protected boolean supportsModelNameParameter() {
    return false;
  }

  @Override
  protected boolean supportsTools() {
    return false;
  }

  @Override
  protected boolean supportsToolChoiceRequired() {
    return false;
  }

  @Override
  protected boolean supportsJsonResponseFormat() {
    return false;
  }

  @Override
  protected boolean supportsJsonResponseFormatWithSchema() {
    return false;
  }

  @Override
  protected boolean supportsJsonResponseFormatWithRawSchema() {
    return false;
  }

  @Override
  protected boolean supportsSingleImageInputAsPublicURL() {
    return false;
  }

  @Override
  protected boolean supportsMultipleImageInputsAsPublicURLs() {
    return false;
  }

  @Override
  public StreamingChatModel createModelWith(ChatModelListener listener) {
    return LoupeStreamingChatModel.of(model).withListeners(listener);
  }

  @Override
  protected List<StreamingMode> streamingModes() {
    return List.of(StreamingMode.HANDLER);
  }
}
