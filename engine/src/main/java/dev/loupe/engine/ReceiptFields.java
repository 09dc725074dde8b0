package dev.loupe.engine;

import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.io.Json;
import dev.loupe.io.JsonObject;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.ScoreScaling;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Arithmetic and options of a receipt as JSON, and back. */
final class ReceiptFields {
  private static final String ARITHMETIC = "arithmetic";
  private static final String SCALING = "scaling";
  private static final String SEED = "seed";
  private static final String MODEL_DECIDES = "modelDecides";

  private ReceiptFields() {}

  static Map<String, Object> of(NumericsProfile profile) {
    return Json.object(
        "dtype",
        profile.computeName(),
        "attention",
        profile.attention().toString(),
        SCALING,
        lower(profile.scaling()),
        "remedy",
        profile.remedy().toString(),
        ARITHMETIC,
        profile.accumulation().label());
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  static NumericsProfile profile(JsonObject fields) {
    String label = fields.requiredText(ARITHMETIC);
    Accumulation sums = NumericsNames.labels().get(label);
    if (sums == null) {
      throw fields.wrong(ARITHMETIC, "a known name");
    }
    String name = fields.requiredText(SCALING);
    ScoreScaling scaling =
        Arrays.stream(ScoreScaling.values())
            .filter(known -> lower(known).equals(name))
            .findFirst()
            .orElseThrow(() -> fields.wrong(SCALING, "product or division"));
    NumericsNames names =
        new NumericsNames(
            key -> key.equals(ARITHMETIC) ? Optional.empty() : fields.text(key), fields::name);
    return names.profile(NumericsProfile.FLOAT32).with(scaling).with(sums);
  }

  static Map<String, Object> of(GenerationOptions options) {
    Map<String, Object> fields = new LinkedHashMap<>(options.values());
    fields.replaceAll((name, value) -> plain(value));
    return fields;
  }

  /** What JSON has no type for is written in words. */
  private static Object plain(Object value) {
    return value instanceof Number || value instanceof Boolean || value instanceof Iterable<?>
        ? value
        : value.toString();
  }

  static GenerationOptions options(JsonObject fields) {
    boolean modelDecides = fields.flag(MODEL_DECIDES, false);
    GenerationOptions options =
        modelDecides ? GenerationOptions.ofModel(seed(fields)) : GenerationOptions.greedy();
    for (String name : fields.values().keySet()) {
      if (!(modelDecides && name.equals(SEED))) {
        options = with(options, name, fields);
      }
    }
    return options;
  }

  private static GenerationOptions with(GenerationOptions options, String name, JsonObject fields) {
    return switch (name) {
      case "maxNewTokens" -> options.maxNewTokens(fields.requiredInteger(name));
      case "minNewTokens" -> options.minNewTokens(fields.requiredInteger(name));
      case "stop" -> options.stop(fields.texts(name));
      case "repetitionGuard" -> options.repetitionGuard(fields.requiredInteger(name));
      case "minPixels" -> options.minPixels(fields.requiredInteger(name));
      case "maxPixels" -> options.maxPixels(fields.requiredInteger(name));
      case "detail" -> options.detail(named(Detail.values(), name, fields));
      case SEED -> options.sample(seed(fields));
      case MODEL_DECIDES -> options; // It comes with the seed.
      case "temperature" -> options.temperature(number(name, fields));
      case "topK" -> options.topK(fields.requiredInteger(name));
      case "topP" -> options.topP(number(name, fields));
      case "minP" -> options.minP(number(name, fields));
      case "repetitionPenalty" -> options.repetitionPenalty(number(name, fields));
      case "remedy" -> options.remedy(named(SamplingRemedy.values(), name, fields));
      case "check" -> options.check(fields.flag(name, true));
      default -> throw fields.wrong(name, "no option that cannot be read back");
    };
  }

  private static long seed(JsonObject fields) {
    return fields.wholeNumber(SEED).orElseThrow(() -> fields.wrong(SEED, "an integer"));
  }

  private static double number(String name, JsonObject fields) {
    return fields.number(name).orElseThrow(() -> fields.wrong(name, "a number"));
  }

  private static <T> T named(T[] values, String name, JsonObject fields) {
    String text = fields.requiredText(name);
    return Arrays.stream(values)
        .filter(known -> known.toString().equals(text))
        .findFirst()
        .orElseThrow(() -> fields.wrong(name, "a known name"));
  }
}
