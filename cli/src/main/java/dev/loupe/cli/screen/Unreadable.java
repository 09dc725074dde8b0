package dev.loupe.cli.screen;

import dev.loupe.cli.command.ErrorReporter;
import dev.loupe.io.Printable;

/** Why a picture could not be run, in one line that begins with its name. */
final class Unreadable {
  private Unreadable() {}

  static String reason(String label, Throwable reason) {
    String text = Printable.escape(ErrorReporter.text(reason));
    return text.startsWith(label + ":") ? text : label + ": " + text;
  }
}
