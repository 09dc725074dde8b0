package dev.loupe.cli.folder;

import dev.loupe.engine.Caption;
import dev.loupe.engine.Generation;
import dev.loupe.engine.Timings;
import dev.loupe.io.Json;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A JSON object for each picture. The keys and their order are a contract: more may be added, none
 * is removed. Values that a failed picture does not have are null.
 *
 * @param model its name
 * @param weights in which integers its weights lie
 * @param profile the arithmetic
 * @param seed of the draws; empty if there are none
 */
public record CaptionRows(
    String model, WeightTypes weights, NumericsProfile profile, OptionalLong seed) {

  /** The last key, of rows that have a receipt. */
  public static final String RECEIPT = "receipt";

  private static final List<String> KEYS =
      List.of(
          "image",
          "width",
          "height",
          "resized_width",
          "resized_height",
          "image_tokens",
          "prompt_tokens",
          "prompt",
          "text",
          "tokens",
          "finish_reason",
          "error",
          "model",
          "weights",
          "dtype",
          "attention",
          "arithmetic",
          "seed",
          "timings");

  /**
   * The object of a picture that was captioned.
   *
   * @param image name of the picture
   * @param text the caption as it is written
   * @param load how long the model took to load
   */
  public Map<String, Object> captioned(
      String image, String prompt, Caption caption, String text, Duration load) {
    Map<String, Object> row = row(image, prompt);
    Generation answer = caption.generation();
    row.put("width", caption.width());
    row.put("height", caption.height());
    row.put("resized_width", caption.resizedWidth());
    row.put("resized_height", caption.resizedHeight());
    row.put("image_tokens", caption.imageTokens());
    row.put("prompt_tokens", answer.promptTokens());
    row.put("text", text);
    row.put("tokens", answer.tokens());
    row.put("finish_reason", answer.finishReason().toString());
    row.put("timings", timings(load, answer.timings()));
    answer.receipt().ifPresent(receipt -> row.put(RECEIPT, receipt.fields()));
    return row;
  }

  /** The object of a picture that failed. */
  public Map<String, Object> failed(String image, String prompt, String reason) {
    Map<String, Object> row = row(image, prompt);
    row.put("finish_reason", "error");
    row.put("error", reason);
    return row;
  }

  private Map<String, Object> row(String image, String prompt) {
    Map<String, Object> row = new LinkedHashMap<>();
    KEYS.forEach(key -> row.put(key, null));
    row.put("image", image);
    row.put("prompt", prompt);
    row.put("model", model);
    row.put("weights", weights.label());
    row.put("dtype", profile.computeName());
    row.put("attention", profile.attention().toString());
    row.put("arithmetic", profile.accumulation().label());
    seed.ifPresent(n -> row.put("seed", n));
    return row;
  }

  private static Map<String, Object> timings(Duration load, Timings request) {
    return Json.object(
        "load_ms", milliseconds(load),
        "image_ms", milliseconds(request.image()),
        "prefill_ms", milliseconds(request.prefill()),
        "decode_ms", milliseconds(request.decode()));
  }

  /** To the microsecond: the small model's steps are shorter than a millisecond. */
  private static double milliseconds(Duration duration) {
    return duration.toNanos() / 1000 / 1e3;
  }
}
