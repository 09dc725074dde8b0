package dev.loupe.launcher;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which command lines are done before vector kernels are compiled: help, and a few pictures for the
 * built-in model. Scalar kernels give the same bits sooner. All others count as large, as do those
 * that are not understood here, which costs time and no bit.
 */
final class LittleWork {

  /**
   * So many are done sooner on scalars, in less than half the time ({@code docs/performance.md}).
   * Somewhere above, vectors win.
   */
  private static final int PICTURES = 8;

  /** The options that change neither the model nor how it computes. */
  private static final Pattern OPTIONS =
      Pattern.compile(
          "-q|--quiet|--debug|--no-guess|--no-cache|--receipt|--sample|--(no-)?check"
              + "|--(cache-dir|decode-timeout|detail|format|max-new-tokens|max-pixels|min-pixels"
              + "|monitor|prompt|prompt-file|seed|temperature|threads|top-k|top-p)(=.*)?",
          Pattern.DOTALL);

  private LittleWork() {}

  /** Whether this is the command line of little work. */
  static boolean is(String... arguments) {
    if (Arrays.stream(arguments).anyMatch(a -> a.equals("-h") || a.equals("--help"))) {
      return true;
    }
    if (arguments.length == 0 || !arguments[0].equals("caption")) {
      return false;
    }
    int pictures = 0;
    for (int i = 1; i < arguments.length; i++) {
      String argument = arguments[i];
      if (argument.startsWith("-")) {
        if (!OPTIONS.matcher(argument).matches()) {
          return false;
        }
        continue;
      }
      Optional<Path> path = path(argument);
      if (argument.startsWith("@") || path.filter(Files::isDirectory).isPresent()) {
        return false;
      }
      pictures += path.filter(Files::isRegularFile).isPresent() ? 1 : 0;
    }
    return pictures > 0 && pictures <= PICTURES;
  }

  private static Optional<Path> path(String argument) {
    try {
      return Optional.of(Path.of(argument));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
