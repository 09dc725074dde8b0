package dev.loupe.engine.compare.html;

import dev.loupe.engine.page.Markup;
import dev.loupe.tensor.DType;
import java.util.Locale;

/** How the numbers of a comparison stand on its page. */
final class Numbers {
  private Numbers() {}

  /** A number of a trace; what is not finite is a word. */
  static Markup write(Markup out, float value) {
    return Float.isFinite(value) ? out.number(value) : out.text(Float.toString(value));
  }

  /** A distance in units in the last place. */
  static String ulps(double ulps) {
    return ulps == 0 ? "-" : String.format(Locale.ROOT, ulps < 1e5 ? "%.2f" : "%.1e", ulps);
  }

  /** The name of a type. */
  static String type(DType dtype) {
    return switch (dtype) {
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      case F32 -> "float32";
      default -> dtype.toString();
    };
  }
}
