package dev.loupe.tokenizer;

import java.util.List;

/**
 * A message of a conversation.
 *
 * @param role {@code system}, {@code user} or {@code assistant}; another name is rendered as it is
 * @param content its parts in order, with nothing between them
 */
public record ChatMessage(String role, List<ContentPart> content) {
  /** The role whose message, if it is the first, replaces the template's own system message. */
  public static final String SYSTEM = "system";

  /** The role of the person who asks. */
  public static final String USER = "user";

  /** The role of the model. */
  public static final String ASSISTANT = "assistant";

  /** Copies the parts. */
  public ChatMessage {
    content = List.copyOf(content);
  }

  /** A system message; an empty text suppresses the template's own. */
  public static ChatMessage system(String text) {
    return new ChatMessage(SYSTEM, List.of(ContentPart.text(text)));
  }

  /** A question of the user, text only. */
  public static ChatMessage user(String text) {
    return user(ContentPart.text(text));
  }

  /** A question of the user. */
  public static ChatMessage user(ContentPart... content) {
    return new ChatMessage(USER, List.of(content));
  }

  /** An answer of the model. */
  public static ChatMessage assistant(String text) {
    return new ChatMessage(ASSISTANT, List.of(ContentPart.text(text)));
  }
}
