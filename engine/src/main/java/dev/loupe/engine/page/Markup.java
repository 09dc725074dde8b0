package dev.loupe.engine.page;

import dev.loupe.io.Printable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Writes elements of HTML and SVG. Texts and values of attributes are escaped here and nowhere
 * else, so that no file name, prompt or token can become an element, end one, or hide characters.
 */
public final class Markup {

  private static final String EXACT = "data-value";

  private final StringBuilder out = new StringBuilder();

  /**
   * Begins an element.
   *
   * @param tag its name
   * @param attributes name, value, name, value ...; a {@code Double} is a coordinate, rounded to
   *     hundredths, but {@code data-value} holds a number exactly, and is left out if it is not
   *     finite
   */
  public Markup open(String tag, Object... attributes) {
    tag(tag, attributes);
    out.append('>');
    return this;
  }

  /** Ends an element. */
  public Markup close(String tag) {
    out.append("</").append(tag).append(">\n");
    return this;
  }

  /** An element without content. */
  public Markup leaf(String tag, Object... attributes) {
    tag(tag, attributes);
    out.append("/>\n");
    return this;
  }

  /** An element with a text. */
  public Markup element(String tag, String text, Object... attributes) {
    open(tag, attributes).text(text);
    out.append("</").append(tag).append('>');
    return this;
  }

  private void tag(String tag, Object... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      Object value = attributes[i + 1];
      boolean exact = attributes[i].equals(EXACT);
      if (exact && !isFinite((Number) value)) {
        continue;
      }
      String text = value instanceof Double d && !exact ? coordinate(d) : value.toString();
      out.append(' ').append(attributes[i]).append("=\"").append(escape(text)).append('"');
    }
  }

  private static boolean isFinite(Number value) {
    return Double.isFinite(value.doubleValue());
  }

  /** A text, with blanks and line breaks as they are; other hidden characters become visible. */
  public Markup text(String text) {
    out.append(escape(text));
    return this;
  }

  /** A text with numbers: each argument stands as {@link #number} where {@code %s} stands. */
  public Markup sentence(String format, Object... values) {
    String[] parts = format.split("%s", -1);
    text(parts[0]);
    for (int i = 0; i < values.length; i++) {
      if (values[i] instanceof Number n) {
        number(n);
      } else {
        text(values[i].toString());
      }
      text(parts[i + 1]);
    }
    return this;
  }

  /** An exact number; whole ones are shown with commas. */
  public Markup number(Number exact) {
    boolean whole = exact instanceof Long || exact instanceof Integer;
    return number(exact, whole ? String.format(Locale.ROOT, "%,d", exact) : exact.toString());
  }

  /** An exact number that is shown in another form, such as percent; not finite ones are text. */
  public Markup number(Number exact, String shown) {
    return isFinite(exact) ? element("data", shown, "value", exact.toString()) : text(shown);
  }

  /** Trusted text as it is: the style sheet of the page. */
  public Markup raw(String trusted) {
    out.append(trusted);
    return this;
  }

  /** A point of a path: its coordinates with a blank between them. */
  public static String point(double x, double y) {
    return coordinate(x) + " " + coordinate(y);
  }

  /** A coordinate, or a length, in hundredths at most. */
  public static String coordinate(double value) {
    return BigDecimal.valueOf(value)
        .setScale(2, RoundingMode.HALF_EVEN)
        .stripTrailingZeros()
        .toPlainString();
  }

  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      escaped.append(i == 0 ? "" : "\n");
      Printable.escape(lines[i])
          .chars()
          .forEach(c -> {
            switch (c) {
              case '&' -> escaped.append("&amp;");
              case '<' -> escaped.append("&lt;");
              case '>' -> escaped.append("&gt;");
              case '"' -> escaped.append("&quot;");
              case '\'' -> escaped.append("&#39;");
              default -> escaped.append((char) c);
            }
          });
    }
    return escaped.toString();
  }

  /** All that was written. */
  @Override
  public String toString() {
    return out.toString();
  }
}
