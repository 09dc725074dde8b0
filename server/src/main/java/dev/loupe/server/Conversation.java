package dev.loupe.server;

import dev.loupe.tokenizer.ChatMessage;
import dev.loupe.tokenizer.ContentPart;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the turns of a prompt and their pictures. Two messages of the user in a row stay two, as
 * in the chat template.
 */
final class Conversation {

  private final List<ChatMessage> messages = new ArrayList<>();
  private final List<EncodedPicture> pictures = new ArrayList<>();
  private List<ContentPart> turn = new ArrayList<>();

  /**
   * Adds text to the turn.
   *
   * @param name of the field that holds it
   */
  void text(String text, String name) {
    if (!StandardCharsets.UTF_16.newEncoder().canEncode(text)) {
      throw ApiError.field(name, "expected Unicode text, found half of a surrogate pair");
    }
    turn.add(ContentPart.text(text));
  }

  /** Adds a picture to the turn. */
  void picture(EncodedPicture picture) {
    turn.add(ContentPart.IMAGE);
    pictures.add(picture);
  }

  /** Ends the turn. */
  void end(String role) {
    messages.add(new ChatMessage(role, turn));
    turn = new ArrayList<>();
  }

  /** All turns. The last one must be the user's. */
  List<ChatMessage> messages(String field) {
    if (messages.isEmpty()) {
      throw ApiError.field(field, "expected at least one message, found none");
    }
    String last = messages.getLast().role();
    if (!last.equals(ChatMessage.USER)) {
      throw ApiError.field(field, "expected the last one from the user, found " + last);
    }
    return messages;
  }

  /** The pictures of all turns. */
  List<EncodedPicture> pictures() {
    return pictures;
  }
}
