package dev.loupe.server;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.tokenizer.ChatMessage;
import dev.loupe.vision.image.RgbImage;
import java.util.List;
import java.util.UUID;

/**
 * The request of a client, the same for both protocols.
 *
 * @param id names it in an answer and in a monitor
 * @param messages the conversation, with a part for the position of each picture
 * @param pictures in the order of their positions
 * @param options how to answer
 * @param stream whether to send the answer while it is made
 * @param usage whether a stream ends with the numbers of tokens
 */
record ChatRequest(
    String id,
    List<ChatMessage> messages,
    List<EncodedPicture> pictures,
    GenerationOptions options,
    boolean stream,
    boolean usage) {

  /** The id of a new request. */
  static String newId() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  /** The prompt with these pictures. */
  Prompt prompt(List<RgbImage> decoded) {
    return new Prompt(messages, decoded, List.of());
  }
}
