package dev.loupe.engine.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.loupe.engine.Qwen2Vl;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class ChatModelContractTest extends AbstractChatModelIT {
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
  protected List<ChatModel> models() {
    return List.of(LoupeChatModel.of(model));
  }

  @Override
  protected ChatModel createModelWith(ChatRequestParameters parameters) {
    return LoupeChatModel.of(model).withDefaultRequestParameters(parameters);
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
}
