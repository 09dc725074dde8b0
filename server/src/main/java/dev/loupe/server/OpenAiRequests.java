package dev.loupe.server;

import dev.loupe.engine.Detail;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.io.JsonObject;
import dev.loupe.tokenizer.ChatMessage;
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

  private static final List<String> PICTURES = List.of("image_url", "input_image");

  ChatRequest read(JsonObject body) {
    refuseUnsupported(body);
    Conversation conversation = new Conversation();
    PictureReader pictures = new PictureReader(limits.pictures());
    for (JsonObject message : body.requiredObjects("messages")) {
      read(message, conversation, pictures);
    }
    GenerationOptions options =
        new AnswerFields(body, "repetition_penalty")
            .apply(answering, length(body), limits.newTokens());
    boolean usage =
        body.object("stream_options").map(o -> o.flag("include_usage", false)).orElse(false);
    return new ChatRequest(
        ChatRequest.newId(),
        conversation.messages(body.name("messages")),
        conversation.pictures(),
        options,
        body.flag("stream", false),
        usage);
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
          throw ApiError.unsupported(
              "response_format.type", "expected text, found " + ApiError.shown(type));
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
                  message.name("role"),
                  "expected system, user or assistant, found " + ApiError.shown(other));
        };
    readContent(message, role, conversation, pictures);
    conversation.end(role);
  }

  /**
   * An answer of which a client keeps only calls of tools or a refusal has the content null, or
   * none.
   */
  private static void readContent(
      JsonObject message, String role, Conversation conversation, PictureReader pictures) {
    if (!message.has("content")) {
      if (!role.equals(ChatMessage.ASSISTANT)) {
        throw message.wrong("content", "a string or a list of objects");
      }
    } else if (message.values().get("content") instanceof String text) {
      conversation.text(text, message.name("content"));
    } else {
      for (JsonObject part : message.requiredObjects("content")) {
        read(part, role, conversation, pictures);
      }
    }
  }

  /** Names beside {@code text} and {@code image_url} are those of OpenAI's responses API. */
  private static void read(
      JsonObject part, String role, Conversation conversation, PictureReader pictures) {
    String type = part.requiredText("type");
    switch (type) {
      case "text", "input_text", "output_text" ->
          conversation.text(part.requiredText("text"), part.name("text"));
      case "refusal" -> conversation.text(part.requiredText("refusal"), part.name("refusal"));
      case String t when PICTURES.contains(t) && role.equals(ChatMessage.USER) ->
          conversation.picture(picture(part, pictures));
      default ->
          throw ApiError.field(
              part.name("type"),
              "expected text, or image_url from a user, found %s from %s"
                  .formatted(ApiError.shown(type), role));
    }
  }

  /**
   * Some clients write the address itself, where OpenAI has an object that holds it, and {@code
   * detail}.
   */
  private static EncodedPicture picture(JsonObject part, PictureReader pictures) {
    if (!part.has("image_url") || part.values().get("image_url") instanceof String) {
      return pictures
          .ofUri(part.requiredText("image_url"), part.name("image_url"))
          .with(detail(part));
    }
    JsonObject image = part.object("image_url").orElseThrow();
    return pictures.ofUri(image.requiredText("url"), image.name("url")).with(detail(image));
  }

  /**
   * OpenAI's low, high and auto, and Loupe's others. Clients send other things, which say nothing.
   */
  private static Detail detail(JsonObject picture) {
    return Detail.named(String.valueOf(picture.values().get("detail"))).orElse(Detail.FULL);
  }
}
