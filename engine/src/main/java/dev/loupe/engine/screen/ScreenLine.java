package dev.loupe.engine.screen;

import dev.loupe.io.Json;
import dev.loupe.io.JsonObject;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.Step;
import java.util.Map;
import java.util.OptionalInt;

/** A screened picture as a line of JSON, from which an interrupted screen goes on. */
public final class ScreenLine {
  private ScreenLine() {}

  /**
   * The line, without its break.
   *
   * @param profile the name of the arithmetic
   * @param stamp of the picture's file, which tells whether it has changed
   */
  public static String of(String profile, String stamp, PictureScreen screen) {
    return Json.write(
        Json.object(
            "profile", profile,
            "picture", screen.picture(),
            "stamp", stamp,
            "share", Double.toString(screen.share()),
            "overflow", screen.overflow().map(ScreenLine::extreme).orElse(null),
            "error", screen.error().orElse(null),
            "tokens", screen.tokens(),
            "extremes", screen.extremes().stream().map(ScreenLine::extreme).toList()));
  }

  private static Map<String, Object> extreme(Extreme e) {
    ModuleId module = e.site().operation().module();
    return Json.object(
        "part", module.part().name(),
        "layer", module.layer().isPresent() ? module.layer().getAsInt() : null,
        "module", module.name(),
        "step", e.site().operation().step().name(),
        "head", e.site().head().isPresent() ? e.site().head().getAsInt() : null,
        "magnitude", Float.toString(e.magnitude()),
        "limit", Float.toString(e.limit()),
        "at", e.at());
  }

  /**
   * What a line says.
   *
   * @param profile the name of the arithmetic
   * @param stamp of the picture's file
   * @param screen of the picture
   */
  public record Known(String profile, String stamp, PictureScreen screen) {}

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException if it is no such line
   */
  public static Known read(String line) {
    JsonObject json = Json.readLine(line);
    String picture = json.requiredText("picture");
    return new Known(
        json.requiredText("profile"),
        json.requiredText("stamp"),
        new PictureScreen(
            picture,
            Double.parseDouble(json.requiredText("share")),
            json.object("overflow").map(o -> extreme(picture, o)),
            json.text("error"),
            json.requiredInteger("tokens"),
            json.requiredObjects("extremes").stream().map(o -> extreme(picture, o)).toList()));
  }

  private static Extreme extreme(String picture, JsonObject json) {
    ModuleId module =
        new ModuleId(
            Part.valueOf(json.requiredText("part")),
            json.integer("layer"),
            json.requiredText("module"));
    OperationId operation = module.step(Step.valueOf(json.requiredText("step")));
    OptionalInt head = json.integer("head");
    return new Extreme(
        new Site(operation, head),
        Float.parseFloat(json.requiredText("magnitude")),
        Float.parseFloat(json.requiredText("limit")),
        picture,
        json.requiredText("at"));
  }
}
