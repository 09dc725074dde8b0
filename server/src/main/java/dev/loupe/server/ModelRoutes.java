package dev.loupe.server;

import java.time.Instant;
import java.util.LinkedHashMap;
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
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("id", model.name());
    object.put("object", "model");
    object.put("created", loaded.getEpochSecond());
    object.put("owned_by", "loupe");
    return object;
  }

  /** Ollama's {@code GET /api/tags}. Loupe has no digests, so that field is empty. */
  Map<String, Object> ollamaList() {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("format", "safetensors");
    details.put("family", "qwen2vl");
    details.put("families", List.of("qwen2vl"));
    details.put("parameter_size", "");
    details.put("quantization_level", model.computeName());
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", model.name());
    object.put("model", model.name());
    object.put("modified_at", loaded.toString());
    object.put("size", 0);
    object.put("digest", "");
    object.put("details", details);
    return Map.of("models", List.of(object));
  }
}
