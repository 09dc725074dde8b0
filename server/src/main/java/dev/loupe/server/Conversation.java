package dev.loupe.server;

import dev.loupe.engine.Prompt;
import dev.loupe.tokenizer.ChatMessage;
import dev.loupe.tokenizer.ContentPart;
import dev.loupe.vision.image.RgbImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the turns of a prompt. Two messages of the user in a row stay two, as in the chat
 * template.
 */
final class Conversation {

  private final List<ChatMessage> messages = new ArrayList<>();
  private final List<RgbImage> images = new ArrayList<>();
  private List<ContentPart> turn = new ArrayList<>();

  /** Adds text to the turn. */
  void text(String text) {
    turn.add(ContentPart.text(text));
  }

  /** Adds a picture to the turn. */
  void image(RgbImage image) {
    turn.add(ContentPart.IMAGE);
    images.add(image);
  }

  /** Ends the turn. */
  void end(String role) {
    messages.add(new ChatMessage(role, turn));
    turn = new ArrayList<>();
  }

  /** The prompt of all turns. The last one must be the user's. */
  Prompt prompt(String field) {
    if (messages.isEmpty()) {
      throw ApiError.field(field, "expected at least one message, found none");
    }
    String last = messages.getLast().role();
    if (!last.equals(ChatMessage.USER)) {
      throw ApiError.field(field, "expected the last one from the user, found " + last);
    }
    return new Prompt(messages, images, List.of());
  }
}
