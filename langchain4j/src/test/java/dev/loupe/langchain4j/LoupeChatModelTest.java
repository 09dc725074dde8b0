package dev.loupe.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.AudioContent;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The answers of the LangChain4j model are those of Loupe's own API. */
class LoupeChatModelTest {
  private static final Path PICTURE = TestFiles.scene("scene-001");
  private static final String CAPTION =
      "A small blue triangle to the left of a small black ring on a white background.";

  private static Qwen2Vl model;
  private static LoupeChatModel chat;

  @TempDir Path folder;

  @BeforeAll
  static void load() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
    chat = LoupeChatModel.of(model);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static UserMessage describe(ImageContent picture) {
    return UserMessage.from(picture, TextContent.from(Qwen2Vl.CAPTION_PROMPT));
  }

  private static UserMessage describe(String url) {
    return describe(ImageContent.from(url));
  }

  private static UserMessage describeScene() {
    return describe(PICTURE.toUri().toString());
  }

  @Test
  void aPictureComesByPathByUrlOrAsBase64() throws IOException {
    byte[] bytes = Files.readAllBytes(PICTURE);
    String base64 = Base64.getEncoder().encodeToString(bytes);
    String broken = Base64.getMimeEncoder().encodeToString(bytes);
    String percent =
        URLEncoder.encode(
                new String(bytes, StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1)
            .replace("+", "%20");
    Path spaced = Files.copy(PICTURE, folder.resolve("a picture é.png"));
    for (UserMessage question :
        List.of(
            describe(ImageContent.from(PICTURE, "image/png")),
            describe(PICTURE.toString()),
            describe(PICTURE.toUri().toString()),
            describe(spaced.toUri().toString()),
            describe(ImageContent.from(base64, "image/jpeg")),
            describe(ImageContent.from(broken, "image/png")),
            describe("data:image/png;base64," + base64),
            describe("DATA:;Base64," + base64),
            describe("data:image/png," + percent))) {
      assertThat(chat.chat(question).aiMessage().text()).isEqualTo(CAPTION);
    }
  }

  @Test
  void anAnswerSaysWhoGaveItWhatItTookAndWhyItEnded() {
    ChatResponse answer = chat.chat(describeScene());
    assertThat(answer.modelName()).isEqualTo("captioner");
    assertThat(answer.id()).isNotBlank();
    assertThat(answer.tokenUsage().inputTokenCount()).isEqualTo(41);
    assertThat(answer.tokenUsage().totalTokenCount())
        .isEqualTo(41 + answer.tokenUsage().outputTokenCount());
    assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void severalTurnsAreThePromptOfTheSameTurns() throws IOException {
    List<ChatMessage> messages =
        List.of(
            SystemMessage.from("Be terse."),
            describeScene(),
            AiMessage.from(CAPTION),
            UserMessage.from("What color is the ring?"));
    Prompt prompt =
        Prompt.create()
            .system("Be terse.")
            .image(PICTURE)
            .text(Qwen2Vl.CAPTION_PROMPT)
            .assistant(CAPTION)
            .text("What color is the ring?");
    Generation expected = model.generate(prompt, GenerationOptions.greedy());
    ChatResponse answer = chat.chat(messages);
    assertThat(answer.aiMessage().text()).isEqualTo(expected.text());
    assertThat(answer.tokenUsage().inputTokenCount()).isEqualTo(expected.promptTokens());
  }

  @Test
  void parametersBecomeOptions() {
    assertOptions(p -> p, o -> o);
    assertOptions(p -> p.maxOutputTokens(3), o -> o.maxNewTokens(3));
    assertOptions(p -> p.stopSequences("ring"), o -> o.stop("ring"));
    assertOptions(p -> p.temperature(0.7), o -> o.sample(0).temperature(0.7));
    assertOptions(p -> p.topP(0.5), o -> o.sample(0).topP(0.5));
    assertOptions(p -> p.topK(4), o -> o.sample(0).topK(4));
    assertOptions(p -> p.temperature(0.0).topP(0.5), o -> o);
    assertOptions(p -> p.frequencyPenalty(0.0), o -> o);
    assertThat(
            Parameters.applied(
                ChatRequestParameters.builder().topK(4).build(),
                GenerationOptions.greedy().sample(1234).topP(0.9)))
        .isEqualTo(GenerationOptions.greedy().sample(1234).topP(0.9).topK(4));
  }

  private static void assertOptions(
      UnaryOperator<DefaultChatRequestParameters.Builder<?>> parameters,
      UnaryOperator<GenerationOptions> options) {
    assertThat(
            Parameters.applied(
                parameters.apply(ChatRequestParameters.builder()).build(),
                GenerationOptions.greedy()))
        .isEqualTo(options.apply(GenerationOptions.greedy()));
  }

  @Test
  void aRequestsParametersGoBeforeTheModelsWhichGoBeforeItsOptions() {
    LoupeChatModel five =
        chat.withOptions(GenerationOptions.greedy().maxNewTokens(2))
            .withDefaultRequestParameters(parameters(5));
    assertThat(outputTokens(five, ChatRequestParameters.builder().build())).isEqualTo(5);
    assertThat(outputTokens(five, parameters(3))).isEqualTo(3);
    LoupeChatModel two = chat.withOptions(GenerationOptions.greedy().maxNewTokens(2));
    assertThat(outputTokens(two, ChatRequestParameters.builder().build())).isEqualTo(2);
  }

  private static ChatRequestParameters parameters(int maxOutputTokens) {
    return ChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
  }

  private static int outputTokens(LoupeChatModel chat, ChatRequestParameters parameters) {
    ChatResponse answer =
        chat.chat(ChatRequest.builder().messages(describeScene()).parameters(parameters).build());
    assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
    return answer.tokenUsage().outputTokenCount();
  }

  @Test
  void aPictureOnTheNetworkIsRefused() {
    assertThatThrownBy(() -> chat.chat(describe("https://example.org/cat.png")))
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessageContaining("scheme https")
        .hasMessageContaining("nothing in Loupe opens a network connection");
  }

  @Test
  void aPictureThatCannotBeReadIsAnInvalidRequest() throws IOException {
    Path text = Files.writeString(folder.resolve("notes.png"), "no picture");
    List<ImageContent> pictures =
        List.of(
            ImageContent.from(text.toUri()),
            ImageContent.from(folder.resolve("absent.png").toUri()),
            ImageContent.from("data:image/png;base64,!!!"),
            ImageContent.from("data:image/png"),
            ImageContent.from(URI.create("file://elsewhere/share/cat.png")));
    for (ImageContent picture : pictures) {
      assertThatThrownBy(() -> chat.chat(describe(picture)))
          .as(picture.toString())
          .isInstanceOf(InvalidRequestException.class);
    }
  }

  @Test
  void otherKindsOfMessagesAndContentsAreRefused() {
    for (ChatMessage message :
        Arrays.asList(
            ToolExecutionResultMessage.from("1", "weather", "sunny"),
            UserMessage.from(AudioContent.from("AAAA", "audio/wav")))) {
      assertThatThrownBy(() -> chat.chat(UserMessage.from("Hello."), message))
          .isInstanceOf(UnsupportedFeatureException.class)
          .hasMessageContaining("is not supported");
    }
  }

  @Test
  void penaltiesAreRefusedAndNumbersOutOfRangeAreInvalid() {
    ChatRequestParameters penalty = ChatRequestParameters.builder().presencePenalty(0.5).build();
    assertThatThrownBy(() -> chat.withDefaultRequestParameters(penalty))
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessageContaining("'presencePenalty' parameter is not supported");
    ChatRequestParameters none = parameters(0);
    assertThatThrownBy(() -> chat.withDefaultRequestParameters(none))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("expected at least 1, found 0");
  }

  @Test
  void aPromptWithoutRoomForAnAnswerIsAnInvalidRequest() {
    assertThatThrownBy(() -> chat.chat("What color is the ring? ".repeat(500)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("expected at most 2047 tokens");
  }
}
