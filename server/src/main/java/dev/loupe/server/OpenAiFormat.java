package dev.loupe.server;

import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.io.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * OpenAI's {@code chat.completion} and its chunks, which are server-sent events.
 *
 * @param id of the answer
 * @param created when the request arrived, in seconds since 1970
 * @param model name of the model
 * @param usage whether a stream ends with the numbers of tokens
 */
record OpenAiFormat(String id, long created, String model, boolean usage) implements AnswerFormat {

  /** The end of every stream that did not fail. */
  private static final String DONE = "data: [DONE]\n\n";

  static OpenAiFormat of(String model, ChatRequest request) {
    return new OpenAiFormat(
        "chatcmpl-" + request.id(), Instant.now().getEpochSecond(), model, request.usage());
  }

  @Override
  public Map<String, Object> whole(Generation generation) {
    Map<String, Object> message =
        Json.object("role", "assistant", "content", generation.text(), "refusal", null);
    Map<String, Object> object = object("chat.completion");
    object.put("choices", choices("message", message, reason(generation.finishReason())));
    object.put("usage", usage(generation));
    return object;
  }

  @Override
  public String streamType() {
    return "text/event-stream; charset=utf-8";
  }

  @Override
  public String first() {
    Map<String, Object> delta = Json.object("role", "assistant", "content", "");
    return chunk(choices("delta", delta, null), null);
  }

  @Override
  public String piece(String text) {
    return chunk(choices("delta", Map.of("content", text), null), null);
  }

  @Override
  public String last(Generation generation) {
    String end = chunk(choices("delta", Map.of(), reason(generation.finishReason())), null);
    return end + (usage ? chunk(List.of(), usage(generation)) : "") + DONE;
  }

  @Override
  public String failure(ApiError error) {
    return event(error.openAi());
  }

  private String chunk(List<Object> choices, Map<String, Object> counts) {
    Map<String, Object> chunk = object("chat.completion.chunk");
    chunk.put("choices", choices);
    if (usage) {
      chunk.put("usage", counts);
    }
    return event(chunk);
  }

  private static String event(Map<String, Object> data) {
    return "data: " + Json.write(data) + "\n\n";
  }

  private Map<String, Object> object(String kind) {
    return Json.object("id", id, "object", kind, "created", created, "model", model);
  }

  private static List<Object> choices(String name, Object content, String reason) {
    return List.of(
        Json.object("index", 0, name, content, "logprobs", null, "finish_reason", reason));
  }

  /** The protocol has no reason for an answer that ended because it repeated itself. */
  private static String reason(FinishReason reason) {
    return reason == FinishReason.STOP ? "stop" : "length";
  }

  private static Map<String, Object> usage(Generation generation) {
    int prompt = generation.promptTokens();
    int completion = generation.tokens().size();
    return Json.object(
        "prompt_tokens", prompt,
        "completion_tokens", completion,
        "total_tokens", prompt + completion);
  }
}
