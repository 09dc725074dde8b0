package dev.loupe.langchain4j;

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
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** LangChain4j's contract for every {@link StreamingChatModel}, on the built-in captioner. */
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
  protected List<StreamingChatModel> baseModels() {
    return List.of(LoupeStreamingChatModel.of(model));
  }

  /** Without the experimental publishers. */
  @Override
  protected List<StreamingMode> streamingModes() {
    return List.of(StreamingMode.HANDLER);
  }

  /**
   * None, which skips the tests of exceptions in handlers: they too ask for the capital of Germany.
   */
  @Override
  public StreamingChatModel createModelWith(ChatModelListener listener) {
    return null;
  }

  @Override
  protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
    return LoupeStreamingChatModel.of(model).withDefaultRequestParameters(parameters);
  }

  /** Loupe has no parameters of its own. */
  @Override
  protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
    return ChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
  }

  /** The test of it passes, but waits 30 s for what must not come. */
  @Override
  protected boolean supportsStreamingCancellation() {
    return false;
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
  protected void should_respect_user_message(StreamingChatModel model) {}

  @Override
  @ParameterizedTest
  @MethodSource("models")
  @Disabled(Knowledge.NEEDED)
  protected void should_respect_system_message(StreamingChatModel model) {}

  @Override
  @ParameterizedTest
  @MethodSource("models")
  @Disabled(Knowledge.NEEDED)
  protected void should_respect_multiple_messages(StreamingChatModel model) {}

  @Override
  @ParameterizedTest
  @MethodSource("models")
  @Disabled(Knowledge.NEEDED)
  protected void should_respect_stopSequences_in_chat_request(StreamingChatModel model) {}

  @Override
  @ParameterizedTest
  @MethodSource("models")
  @Disabled(Knowledge.NEEDED)
  protected void should_accept_single_image_as_base64_encoded_string(StreamingChatModel model) {}

  @Override
  @ParameterizedTest
  @MethodSource("models")
  @Disabled(Knowledge.NEEDED)
  protected void should_accept_multiple_images_as_base64_encoded_strings(
      StreamingChatModel model) {}

  @Override
  @Test
  @Disabled(Knowledge.NEEDED)
  protected void should_respect_stopSequences_in_default_model_parameters() {}
}
