package dev.loupe.server;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.io.JsonObject;
import dev.loupe.tokenizer.ChatMessage;
import dev.loupe.vision.image.RgbImage;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Reads the body of OpenAI's {@code POST /v1/chat/completions}.
 *
 * <p>Clients send many fields that are meant for other servers, so unknown fields are ignored.
 * Fields that would change the answer, but are not supported, are refused unless their value is
 * neutral.
 *
 * @param limits of a request
 * @param answering values for what a request does not give
 */
record OpenAiRequests(Limits limits, GenerationOptions answering) {

  ChatRequest read(JsonObject body) {
    refuseUnsupported(body);
    Conversation conversation = new Conversation();
    PictureReader pictures = new PictureReader(limits);
    for (JsonObject message : body.requiredObjects("messages")) {
      read(message, conversation, pictures);
    }
    GenerationOptions options =
        new AnswerFields(body, "repetition_penalty")
            .apply(answering, length(body), limits.newTokens());
    boolean usage =
        body.object("stream_options").map(o -> o.flag("include_usage", false)).orElse(false);
    return new ChatRequest(
        conversation.prompt(body.name("messages")), options, body.flag("stream", false), usage);
  }

  private static OptionalInt length(JsonObject body) {
    String name = body.has("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
    OptionalInt length = body.integer(name);
    length.ifPresent(n -> {
      if (n < 1) {
        throw ApiError.field(body.name(name), "expected at least 1, found " + n);
      }
    });
    return length;
  }

  private static void refuseUnsupported(JsonObject body) {
    OptionalInt n = body.integer("n");
    if (n.isPresent() && n.getAsInt() != 1) {
      throw ApiError.unsupported("n", "expected 1, found " + n.getAsInt());
    }
    for (String penalty : List.of("frequency_penalty", "presence_penalty")) {
      body.number(penalty)
          .ifPresent(p -> {
            if (p != 0) {
              throw ApiError.unsupported(
                  penalty, "expected 0, found %s; use repetition_penalty".formatted(p));
            }
          });
    }
    if (body.flag("logprobs", false)) {
      throw ApiError.unsupported("logprobs", "expected false, found true");
    }
    body.object("response_format")
        .flatMap(format -> format.text("type"))
        .filter(type -> !type.equals("text"))
        .ifPresent(type -> {
          throw ApiError.unsupported("response_format.type", "expected text, found " + type);
        });
    for (String field : List.of("tools", "functions", "logit_bias", "audio")) {
      body.value(field)
          .filter(value -> !(value instanceof List<?> list && list.isEmpty()))
          .filter(value -> !(value instanceof Map<?, ?> map && map.isEmpty()))
          .ifPresent(value -> {
            throw ApiError.unsupported(
                field, "expected nothing, found a value; Loupe does not support it");
          });
    }
  }

  private static void read(JsonObject message, Conversation conversation, PictureReader pictures) {
    String role =
        switch (message.requiredText("role")) {
          case "system", "developer" -> ChatMessage.SYSTEM;
          case "user" -> ChatMessage.USER;
          case "assistant" -> ChatMessage.ASSISTANT;
          case String other ->
              throw ApiError.field(
                  message.name("role"), "expected system, user or assistant, found " + other);
        };
    if (!message.has("content")) {
      throw message.wrong("content", "a string or a list of objects");
    }
    if (message.values().get("content") instanceof String) {
      conversation.text(message.requiredText("content"));
    } else {
      for (JsonObject part : message.requiredObjects("content")) {
        read(part, role, conversation, pictures);
      }
    }
    conversation.end(role);
  }

  private static void read(
      JsonObject part, String role, Conversation conversation, PictureReader pictures) {
    String type = part.requiredText("type");
    if (type.equals("text")) {
      conversation.text(part.requiredText("text"));
    } else if (type.equals("image_url") && role.equals(ChatMessage.USER)) {
      conversation.image(picture(part, pictures));
    } else {
      throw ApiError.field(
          part.name("type"),
          "expected text, or image_url from a user, found %s from %s".formatted(type, role));
    }
  }

  /**
   * {@code detail} is OpenAI's choice between two resolutions; Qwen2-VL has its own limits, which
   * the server's options set. Some clients write the address itself, where OpenAI has an object
   * that holds it.
   */
  private static RgbImage picture(JsonObject part, PictureReader pictures) {
    if (!part.has("image_url") || part.values().get("image_url") instanceof String) {
      return pictures.ofUri(part.requiredText("image_url"), part.name("image_url"));
    }
    JsonObject image = part.object("image_url").orElseThrow();
    image.text("detail");
    return pictures.ofUri(image.requiredText("url"), image.name("url"));
  }
}
