package dev.loupe.engine.cli;

import dev.loupe.engine.Caption;
import dev.loupe.engine.Generation;
import dev.loupe.engine.Timings;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * One JSON object a line and picture. The keys and their order are a contract: more may be added,
 * none is removed. What a failed picture lacks is null.
 */
final class CaptionJsonl implements CaptionPrinter {

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
          "dtype",
          "attention",
          "seed",
          "timings");

  private final PrintStream out;
  private final String model;
  private final String prompt;
  private final NumericsProfile profile;
  private final OptionalLong seed;

  CaptionJsonl(
      PrintStream out, String model, String prompt, NumericsProfile profile, OptionalLong seed) {
    this.out = out;
    this.model = model;
    this.prompt = prompt;
    this.profile = profile;
    this.seed = seed;
  }

  @Override
  public void caption(PictureInput input, Caption caption, Duration load) {
    Map<String, Object> row = row(input);
    Generation answer = caption.generation();
    row.put("width", caption.width());
    row.put("height", caption.height());
    row.put("resized_width", caption.resizedWidth());
    row.put("resized_height", caption.resizedHeight());
    row.put("image_tokens", caption.imageTokens());
    row.put("prompt_tokens", answer.promptTokens());
    row.put("text", answer.text());
    row.put("tokens", answer.tokens());
    row.put("finish_reason", answer.finishReason().toString());
    row.put("timings", timings(load, answer.timings()));
    out.println(Json.write(row));
  }

  @Override
  public void failure(PictureInput input, String reason) {
    Map<String, Object> row = row(input);
    row.put("finish_reason", "error");
    row.put("error", reason);
    out.println(Json.write(row));
  }

  private Map<String, Object> row(PictureInput input) {
    Map<String, Object> row = new LinkedHashMap<>();
    KEYS.forEach(key -> row.put(key, null));
    row.put("image", input.label());
    row.put("prompt", prompt);
    row.put("model", model);
    row.put("dtype", profile.computeName());
    row.put("attention", profile.attention().toString());
    seed.ifPresent(n -> row.put("seed", n));
    return row;
  }

  private static Map<String, Object> timings(Duration load, Timings request) {
    Map<String, Object> timings = new LinkedHashMap<>();
    timings.put("load_ms", milliseconds(load));
    timings.put("image_ms", milliseconds(request.image()));
    timings.put("prefill_ms", milliseconds(request.prefill()));
    timings.put("decode_ms", milliseconds(request.decode()));
    return timings;
  }

  /** To the microsecond: the small model's steps are shorter than a millisecond. */
  private static double milliseconds(Duration duration) {
    return duration.toNanos() / 1000 / 1e3;
  }
}
