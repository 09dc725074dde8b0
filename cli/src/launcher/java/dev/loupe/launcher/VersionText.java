package dev.loupe.launcher;

import java.util.List;

/**
 * The text of {@code --version}, which needs no second JVM: what the command line would print on a
 * Java that is not started.
 */
final class VersionText {

  private VersionText() {}

  /** Whether a command line asks for the version and nothing else. */
  static boolean isAskedFor(String... arguments) {
    return arguments.length == 1 && List.of("--version", "-V").contains(arguments[0]);
  }

  /**
   * The lines for a usable Java.
   *
   * @param home which says its vendor
   */
  static String of(JavaHome home) {
    String version = Main.class.getPackage().getImplementationVersion();
    return "loupe %s%nJava %s (%s), %s %s, with the Vector API%n"
        .formatted(
            version == null ? "(development)" : version,
            home.version(),
            home.vendor().orElseThrow(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"));
  }
}
