package dev.loupe.server;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.io.JsonObject;
import dev.loupe.tokenizer.ChatMessage;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Reads the body of Ollama's {@code POST /api/chat}: a message has its pictures, in base64, beside
 * its text, and they come before the text in the prompt; the rules of the answer are under {@code
 * options}. Ollama's own library leaves out the text of a message that has none.
 *
 * @param limits of a request
 * @param answering values for what a request does not give
 */
record OllamaRequests(Limits limits, GenerationOptions answering) {

  ChatRequest read(JsonObject body) {
    for (String field : List.of("format", "tools")) {
      body.value(field)
          .filter(v -> !v.equals("") && !v.equals(List.of()))
          .ifPresent(v -> {
            throw ApiError.unsupported(
                field, "expected nothing, found a value; Loupe does not support it");
          });
    }
    Conversation conversation = new Conversation();
    PictureReader pictures = new PictureReader(limits.pictures());
    for (JsonObject message : body.requiredObjects("messages")) {
      read(message, conversation, pictures);
    }
    JsonObject rules = body.object("options").orElse(new JsonObject(Map.of(), "options."));
    GenerationOptions options =
        new AnswerFields(rules, "repeat_penalty")
            .apply(answering, length(rules), limits.newTokens());
    return new ChatRequest(
        ChatRequest.newId(),
        conversation.messages(body.name("messages")),
        conversation.pictures(),
        options,
        body.flag("stream", true),
        true);
  }

  /** -1 and -2 ask for as many tokens as possible. */
  private static OptionalInt length(JsonObject rules) {
    OptionalInt length = rules.integer("num_predict");
    if (length.isPresent() && length.getAsInt() < 1) {
      if (length.getAsInt() < -2 || length.getAsInt() == 0) {
        throw ApiError.field(
            rules.name("num_predict"), "expected at least 1, found " + length.getAsInt());
      }
      return OptionalInt.empty();
    }
    return length;
  }

  private static void read(JsonObject message, Conversation conversation, PictureReader pictures) {
    String role = message.requiredText("role");
    if (!List.of(ChatMessage.SYSTEM, ChatMessage.USER, ChatMessage.ASSISTANT).contains(role)) {
      throw ApiError.field(
          message.name("role"),
          "expected system, user or assistant, found " + ApiError.shown(role));
    }
    List<String> images = message.texts("images");
    for (int i = 0; i < images.size(); i++) {
      String name = "%s[%d]".formatted(message.name("images"), i);
      if (!role.equals(ChatMessage.USER)) {
        throw ApiError.field(name, "expected pictures from the user only, found one from " + role);
      }
      conversation.picture(
          PictureReader.isDataUri(images.get(i))
              ? pictures.ofUri(images.get(i), name)
              : pictures.ofBase64(images.get(i), name));
    }
    conversation.text(message.text("content").orElse(""), message.name("content"));
    conversation.end(role);
  }
}
