package dev.loupe.server;

import dev.loupe.engine.FinishReason;
import dev.loupe.engine.Generation;
import dev.loupe.engine.Timings;
import dev.loupe.io.Json;
import java.time.Instant;
import java.util.Map;

/**
 * Ollama's answers. A stream is one JSON object a line. Durations are in nanoseconds.
 *
 * @param model name of the model
 * @param start when the request arrived, by {@link System#nanoTime}
 */
record OllamaFormat(String model, long start) implements AnswerFormat {

  static OllamaFormat of(String model) {
    return new OllamaFormat(model, System.nanoTime());
  }

  @Override
  public Map<String, Object> whole(Generation generation) {
    return end(generation.text(), generation);
  }

  @Override
  public String streamType() {
    return "application/x-ndjson";
  }

  @Override
  public String first() {
    return "";
  }

  @Override
  public String piece(String text) {
    return line(message(text, false));
  }

  @Override
  public String last(Generation generation) {
    return line(end("", generation));
  }

  @Override
  public String failure(ApiError error) {
    return line(error.ollama());
  }

  private Map<String, Object> message(String text, boolean done) {
    return Json.object(
        "model",
        model,
        "created_at",
        Instant.now().toString(),
        "message",
        Json.object("role", "assistant", "content", text),
        "done",
        done);
  }

  private Map<String, Object> end(String text, Generation generation) {
    Timings timings = generation.timings();
    Map<String, Object> object = message(text, true);
    object.put("done_reason", generation.finishReason() == FinishReason.STOP ? "stop" : "length");
    object.put("total_duration", System.nanoTime() - start);
    object.put("load_duration", 0);
    object.put("prompt_eval_count", generation.promptTokens());
    object.put("prompt_eval_duration", timings.image().plus(timings.prefill()).toNanos());
    object.put("eval_count", generation.tokens().size());
    object.put("eval_duration", timings.decode().toNanos());
    return object;
  }

  private static String line(Map<String, Object> object) {
    return Json.write(object) + "\n";
  }
}
