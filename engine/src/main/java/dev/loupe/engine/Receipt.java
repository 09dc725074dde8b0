package dev.loupe.engine;

import dev.loupe.io.Json;
import dev.loupe.io.JsonObject;
import dev.loupe.io.Sha256;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What an answer was made of, and the answer: one hash over all of it, and the parts. Whoever has
 * the model and the picture can compute it again, on any machine, with any number of threads,
 * vector width and batch, and {@code loupe verify} does. It proves nothing to who does not.
 *
 * <p>It covers no version of Loupe: the numbers of an answer are to stay the same.
 *
 * @param model what {@link ModelHash} says of weights and configuration
 * @param profile the arithmetic
 * @param options of the request, limits on pictures among them
 * @param asked the pictures and the prompt
 * @param tokens the SHA-256 of the answer's tokens and of why it ended
 * @param logits the SHA-256 of the bits of the logits that each token was chosen from
 */
public record Receipt(
    String model,
    NumericsProfile profile,
    GenerationOptions options,
    Asked asked,
    String tokens,
    String logits) {

  /** Rises when what is hashed changes. */
  public static final int VERSION = 1;

  /** The hash of model, arithmetic and options: what is the same for all pictures of a run. */
  public String settings() {
    return settings(model, profile, options);
  }

  static String settings(String model, NumericsProfile profile, GenerationOptions options) {
    return hash("settings", model, profile.toString(), options.toString());
  }

  /** The hash of everything in 64 digits. */
  public String hash() {
    return hash("receipt " + VERSION, settings(), asked.picture(), asked.prompt(), tokens, logits);
  }

  /** Each part is on a line of its own; only the last of {@code settings} could hold breaks. */
  static String hash(String... lines) {
    return Sha256.hex(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
  }

  /** The fields of a JSON object. Hashes stand for what is long, the rest is in words. */
  public Map<String, Object> fields() {
    return Json.object(
        "version", VERSION,
        "model", model,
        "profile", ReceiptFields.of(profile),
        "options", ReceiptFields.of(options),
        "settings", settings(),
        "picture", asked.picture(),
        "prompt", asked.prompt(),
        "tokens", tokens,
        "logits", logits,
        "hash", hash());
  }

  /**
   * The receipt that these fields claim. Whether {@code settings} and {@code hash} are those of the
   * other fields is for the caller to see.
   *
   * @throws IllegalArgumentException if a field is missing, of another type or version, or out of
   *     its range
   */
  public static Receipt of(Map<String, Object> claimed) {
    JsonObject fields = JsonObject.of(claimed);
    if (fields.requiredInteger("version") != VERSION) {
      throw fields.wrong("version", String.valueOf(VERSION), "another version of Loupe reads it");
    }
    return new Receipt(
        fields.requiredText("model"),
        ReceiptFields.profile(required(fields, "profile")),
        ReceiptFields.options(required(fields, "options")),
        new Asked(fields.requiredText("picture"), fields.requiredText("prompt")),
        fields.requiredText("tokens"),
        fields.requiredText("logits"));
  }

  private static JsonObject required(JsonObject fields, String name) {
    return fields.object(name).orElseThrow(() -> fields.wrong(name, "an object"));
  }
}
