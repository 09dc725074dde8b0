package dev.loupe.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.loupe.engine.Qwen2Vl;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** LangChain4j's contract for every {@link ChatModel}, on the built-in captioner. */
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

  /** Loupe has no parameters of its own. */
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
  @ParameterizedTest
  @MethodSource("models")
  @Disabled(Knowledge.NEEDED)
  protected void should_respect_user_message(ChatModel model) {}

  @Override
  @ParameterizedTest
  @MethodSource("models")
  @Disabled(Knowledge.NEEDED)
  protected void should_respect_system_message(ChatModel model) {}

  @Override
  @ParameterizedTest
  @MethodSource("models")
  @Disabled(Knowledge.NEEDED)
  protected void should_respect_multiple_messages(ChatModel model) {}

  @Override
  @ParameterizedTest
  @MethodSource("models")
  @Disabled(Knowledge.NEEDED)
  protected void should_respect_stopSequences_in_chat_request(ChatModel model) {}

  @Override
  @ParameterizedTest
  @MethodSource("models")
  @Disabled(Knowledge.NEEDED)
  protected void should_accept_single_image_as_base64_encoded_string(ChatModel model) {}

  @Override
  @ParameterizedTest
  @MethodSource("models")
  @Disabled(Knowledge.NEEDED)
  protected void should_accept_multiple_images_as_base64_encoded_strings(ChatModel model) {}

  @Override
  @Test
  @Disabled(Knowledge.NEEDED)
  protected void should_respect_stopSequences_in_default_model_parameters() {}
}
