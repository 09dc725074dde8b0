package dev.loupe.langchain4j;

import static dev.loupe.langchain4j.Parameters.unsupported;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.loupe.engine.Prompt;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** From LangChain4j's messages to a prompt, turn by turn. */
final class Messages {

  private Messages() {}

  /** Refuses kinds of messages and contents that Loupe has not; reads nothing. */
  static void requireSupported(List<ChatMessage> messages) {
    for (ChatMessage message : messages) {
      switch (message) {
        case SystemMessage _ -> {}
        case AiMessage answer when !answer.hasToolExecutionRequests() -> {}
        case UserMessage user -> user.contents().forEach(Messages::requireSupported);
        default ->
            throw unsupported(
                "message of type %s is not supported: expected text and pictures, and no tools"
                    .formatted(message.type()));
      }
    }
  }

  private static void requireSupported(Content content) {
    switch (content) {
      case TextContent _ -> {}
      case ImageContent picture -> PictureSource.of(picture.image());
      default ->
          throw unsupported(
              "content of type %s is not supported: expected text and pictures"
                  .formatted(content.type().toString().toLowerCase(Locale.ROOT)));
    }
  }

  /**
   * A prompt of supported messages.
   *
   * @throws IOException if a picture cannot be read
   */
  static Prompt prompt(List<ChatMessage> messages) throws IOException {
    Prompt prompt = Prompt.create();
    for (ChatMessage message : messages) {
      prompt = prompt.then(turn(message));
    }
    return prompt;
  }

  private static Prompt turn(ChatMessage message) throws IOException {
    return switch (message) {
      case SystemMessage system -> Prompt.create().system(system.text());
      case AiMessage answer ->
          Prompt.create().assistant(Optional.ofNullable(answer.text()).orElse(""));
      case UserMessage user -> question(user.contents());
      default -> throw new IllegalArgumentException("message of type " + message.type());
    };
  }

  private static Prompt question(List<Content> contents) throws IOException {
    Prompt question = Prompt.create();
    for (Content content : contents) {
      question =
          switch (content) {
            case TextContent text -> question.text(text.text());
            case ImageContent picture -> PictureSource.of(picture.image()).addTo(question);
            default -> throw new IllegalArgumentException("content of type " + content.type());
          };
    }
    return question;
  }
}
