package dev.loupe.engine.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The frame of a page: one HTML file in UTF-8 without script and without references to other files.
 * It fits screens from 375 pixels on, light and dark, and paper.
 */
public final class Page {
  private Page() {}

  /** Begins a page; its content follows. */
  public static Markup begin(String title) {
    Markup out = new Markup();
    out.raw("<!doctype html>\n").open("html", "lang", "en").open("head");
    out.leaf("meta", "charset", "utf-8");
    out.leaf("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    out.leaf("meta", "name", "color-scheme", "content", "light dark");
    out.element("title", title);
    out.open("style").raw(style()).close("style").close("head").open("body").open("main");
    return out;
  }

  /** Ends a page, and returns all of it. */
  public static String end(Markup out) {
    return out.close("main").close("body").close("html").toString();
  }

  /**
   * What made a page, for who wants to repeat it: begins a section, in which facts may follow.
   *
   * @param command the whole command line
   */
  public static void command(Markup out, String command) {
    out.open("section").element("h2", "Command and profile");
    out.open("pre").element("code", command).close("pre").open("dl");
  }

  /**
   * Ends that section.
   *
   * @param versions of the program and what it runs on
   */
  public static void madeBy(Markup out, List<String> versions) {
    fact(out, "made by", String.join("; ", versions));
    out.close("dl").close("section");
  }

  /** A line of a list of facts. */
  public static void fact(Markup out, String name, String value) {
    out.element("dt", name).element("dd", value);
  }

  /** Likewise, with a number. */
  public static void fact(Markup out, String name, Number value) {
    out.element("dt", name).open("dd").number(value).close("dd");
  }

  private static String style() {
    try (InputStream in = Page.class.getResourceAsStream("page.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
