package dev.loupe.engine.screen;

import dev.loupe.engine.screen.ProfileReport.Growth;
import dev.loupe.io.Json;
import dev.loupe.tensor.numerics.NumericsProfile;
import java.util.Locale;
import java.util.Map;

/**
 * A screen for programs: one JSON object in one line. Keys and their order are a contract: more may
 * be added, none is removed. What does not apply is null; a number that JSON cannot write is the
 * string {@code "NaN"} or {@code "Infinity"}. Heads and layers count from 0.
 */
public final class ScreenJson {
  private ScreenJson() {}

  /** The object. */
  public static String of(ScreenReport report) {
    return Json.write(
        Json.object(
            "model", report.model(),
            "prompt", report.prompt(),
            "profiles", report.profiles().stream().map(ScreenJson::profile).toList(),
            "unread",
                report.unread().stream()
                    .map(u -> Json.object("picture", u.picture(), "reason", u.reason()))
                    .toList()));
  }

  private static Map<String, Object> profile(ProfileReport p) {
    NumericsProfile n = p.profile();
    return Json.object(
        "profile", n.toString(),
        "dtype", n.computeName(),
        "attention", n.attention().toString(),
        "remedy", n.remedy().toString(),
        "arithmetic", n.accumulation().label(),
        "limit", number(Limit.of(n.compute())),
        "verdict", p.verdict().map(v -> v.name().toLowerCase(Locale.ROOT)).orElse(null),
        "margin", number(p.margin()),
        "pictures", p.screened(),
        "overflowed", p.overflowed(),
        "unanswered", p.unanswered(),
        "first_failure", p.first().map(ScreenJson::failure).orElse(null),
        "narrowest", p.narrowest().stream().map(ScreenJson::extreme).toList(),
        "growth", p.growth().stream().map(ScreenJson::growth).toList(),
        "extremes", p.extremes().stream().map(ScreenJson::extreme).toList());
  }

  private static Map<String, Object> failure(PictureScreen s) {
    return Json.object(
        "picture", s.picture(),
        "overflow", s.overflow().map(ScreenJson::extreme).orElse(null),
        "error", s.error().orElse(null),
        "tokens", s.tokens());
  }

  private static Map<String, Object> growth(Growth g) {
    return Json.object(
        "pictures", g.pictures(), "margin", number(g.margin()), "nearest", g.picture());
  }

  private static Map<String, Object> extreme(Extreme e) {
    Site site = e.site();
    return Json.object(
        "operation", site.operation().toString(),
        "part", site.operation().part().name().toLowerCase(Locale.ROOT),
        "layer",
            site.operation().module().layer().isPresent()
                ? site.operation().module().layer().getAsInt()
                : null,
        "head", site.head().isPresent() ? site.head().getAsInt() : null,
        "largest", number(e.magnitude()),
        "limit", number(e.limit()),
        "margin", number(e.margin()),
        "picture", e.picture(),
        "at", e.at());
  }

  private static Object number(float value) {
    return Float.isFinite(value) ? (Object) value : Float.toString(value);
  }

  private static Object number(double value) {
    return Double.isFinite(value) ? (Object) value : Double.toString(value);
  }
}
