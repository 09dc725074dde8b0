package dev.loupe.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a handler hears, here on the thread of the test unless it says otherwise. */
class LoupeStreamingChatModelTest {
  private static final Path PICTURE = TestFiles.scene("scene-001");
  private static final String CAPTION =
      "A small blue triangle to the left of a small black ring on a white background.";

  private static Qwen2Vl model;
  private static LoupeStreamingChatModel chat;

  @BeforeAll
  static void load() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
    chat = LoupeStreamingChatModel.of(model).withExecutor(Runnable::run);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static List<ChatMessage> describe(String url) {
    return List.of(
        UserMessage.from(ImageContent.from(url), TextContent.from(Qwen2Vl.CAPTION_PROMPT)));
  }

  private static List<ChatMessage> describeScene() {
    return describe(PICTURE.toUri().toString());
  }

  /** Writes down what it hears. */
  private static class Recorder implements StreamingChatResponseHandler {
    final List<String> pieces = new ArrayList<>();
    final List<ChatResponse> answers = new ArrayList<>();
    final List<Throwable> errors = new ArrayList<>();
    final CountDownLatch ended = new CountDownLatch(1);
    private Thread thread = Thread.currentThread();

    @Override
    public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
      pieces.add(piece.text());
    }

    @Override
    public void onCompleteResponse(ChatResponse answer) {
      answers.add(answer);
      thread = Thread.currentThread();
      ended.countDown();
    }

    @Override
    public void onError(Throwable error) {
      errors.add(error);
    }
  }

  @Test
  void thePiecesAreTheAnswer() {
    Recorder heard = new Recorder();
    chat.chat(describeScene(), heard);
    assertThat(heard.pieces).hasSizeGreaterThan(5).doesNotContain("");
    assertThat(String.join("", heard.pieces)).isEqualTo(CAPTION);
    assertThat(heard.answers).hasSize(1);
    assertThat(heard.answers.getFirst().aiMessage().text()).isEqualTo(CAPTION);
    assertThat(heard.answers.getFirst().modelName()).isEqualTo("captioner");
    assertThat(heard.errors).isEmpty();
  }

  @Test
  void withoutAnExecutorTheAnswerComesOnAThreadOfItsOwn() throws InterruptedException {
    Recorder heard = new Recorder();
    LoupeStreamingChatModel.of(model).chat(describeScene(), heard);
    assertThat(heard.ended.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(heard.thread.getName()).isEqualTo("loupe-chat");
  }

  @Test
  void aCancelledAnswerIsHeardNoMore() {
    Recorder heard =
        new Recorder() {
          @Override
          public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
            super.onPartialResponse(piece, context);
            context.streamingHandle().cancel();
            assertThat(context.streamingHandle().isCancelled()).isTrue();
          }
        };
    chat.chat(describeScene(), heard);
    assertThat(heard.pieces).hasSize(1);
    assertThat(heard.answers).isEmpty();
    assertThat(heard.errors).isEmpty();
  }

  @Test
  void whatIsNotSupportedIsThrownAtOnceAndEverythingElseIsHeard() {
    Recorder heard = new Recorder();
    List<ChatMessage> remote = describe("http://example.org/cat.png");
    assertThatThrownBy(() -> chat.chat(remote, heard))
        .isInstanceOf(UnsupportedFeatureException.class);
    assertThat(heard.errors).isEmpty();

    chat.chat(describe("file:///no/such/picture.png"), heard);
    assertThat(heard.errors)
        .singleElement()
        .isInstanceOf(InvalidRequestException.class)
        .extracting(Throwable::getMessage)
        .asString()
        .contains("picture.png");
  }

  @Test
  void anExceptionInAHandlerGoesToItsOnErrorAndTheAnswerGoesOn() {
    List<Throwable> told = new ArrayList<>();
    List<ChatResponse> answers = new ArrayList<>();
    ChatModelListener listener =
        new ChatModelListener() {
          @Override
          public void onError(ChatModelErrorContext context) {
            told.add(context.error());
          }

          @Override
          public void onResponse(ChatModelResponseContext context) {
            answers.add(context.chatResponse());
          }
        };
    Recorder heard =
        new Recorder() {
          @Override
          public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
            super.onPartialResponse(piece, context);
            throw new IllegalStateException("in user code");
          }

          @Override
          public void onCompleteResponse(ChatResponse answer) {
            super.onCompleteResponse(answer);
            throw new IllegalStateException("in user code, at the end");
          }
        };
    chat.withListeners(listener).chat(describeScene(), heard);
    assertThat(String.join("", heard.pieces)).isEqualTo(CAPTION);
    assertThat(heard.errors).hasSize(heard.pieces.size() + 1).isEqualTo(told);
    assertThat(heard.errors.getLast()).hasMessage("in user code, at the end");
    assertThat(answers).isEqualTo(heard.answers).hasSize(1);
  }
}
