package dev.loupe.server;

import dev.loupe.io.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Describes the loaded model in both protocols.
 *
 * @param model the model
 * @param loaded when it was loaded
 */
record ModelRoutes(ServedModel model, Instant loaded) {

  /** OpenAI's {@code GET /v1/models}. */
  Map<String, Object> openAiList() {
    return Map.of("object", "list", "data", List.of(openAi()));
  }

  /** OpenAI's {@code GET /v1/models/NAME}. */
  Map<String, Object> openAi(String name) {
    if (!name.equals(model.name())) {
      throw ApiError.model(name, model.name());
    }
    return openAi();
  }

  private Map<String, Object> openAi() {
    return Json.object(
        "id",
        model.name(),
        "object",
        "model",
        "created",
        loaded.getEpochSecond(),
        "owned_by",
        "loupe");
  }

  /** Ollama's {@code GET /api/tags}. Loupe has no digests, so that field is empty. */
  Map<String, Object> ollamaList() {
    Map<String, Object> details =
        Json.object(
            "format", "safetensors",
            "family", "qwen2vl",
            "families", List.of("qwen2vl"),
            "parameter_size", "",
            "quantization_level", model.computeName());
    Map<String, Object> object =
        Json.object(
            "name",
            model.name(),
            "model",
            model.name(),
            "modified_at",
            loaded.toString(),
            "size",
            0,
            "digest",
            "",
            "details",
            details);
    return Map.of("models", List.of(object));
  }
}
