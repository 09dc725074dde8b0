package dev.loupe.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The classes of a start, as the JVM keeps them in a file beside the packed weights: it writes the
 * file at the end of the first run, and again where the jar or the Java is another. Later runs need
 * not read, check and link them.
 */
final class ClassArchive {

  private ClassArchive() {}

  /**
   * The options for a JVM that uses the archive, and writes it where there is none. None where it
   * cannot be kept.
   *
   * @param classPath what the JVM loads the classes from
   * @param environment the variables of this process
   * @param arguments the command line, which may say that nothing shall be kept
   */
  static List<String> options(
      JavaHome home, String classPath, Map<String, String> environment, String... arguments) {
    // Another Java may have other options for it; other commands have other classes.
    if (home.feature() != JavaHome.REQUIRED
        || arguments.length == 0
        || !arguments[0].equals("caption")
        || Arrays.stream(arguments)
            .anyMatch(a -> a.matches("(?s)-h|--help|--no-cache|--cache-dir.*"))) {
      return List.of();
    }
    try {
      Path file = Files.createDirectories(folder(environment)).resolve(name(classPath, home));
      if (Files.exists(file) && !isWhole(file)) {
        Files.delete(file); // The JVM would complain of it at each start, and leave it.
      }
      // The JVM names each class that it cannot keep, on standard output.
      return List.of(
          "-Xlog:disable", "-XX:+AutoCreateSharedArchive", "-XX:SharedArchiveFile=" + file);
    } catch (IOException | InvalidPathException e) {
      return List.of(); // It only makes a start faster.
    }
  }

  /** One for each jar and Java. The script {@code bin/loupe} names it in the same way. */
  private static String name(String classPath, JavaHome home) {
    String both = (classPath + home.path()).replaceAll("[^A-Za-z0-9]", "-");
    return "start" + both.substring(Math.max(0, both.length() - 200)) + ".jsa";
  }

  /** The JVM writes the first bytes last, so after a kill they are zeros, or there are none. */
  private static boolean isWhole(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.read() > 0;
    }
  }

  /** As the weights cache has it. */
  private static Path folder(Map<String, String> environment) {
    return absolute(environment.get("XDG_CACHE_HOME"))
        .orElseGet(() ->
            absolute(environment.get("HOME"))
                .orElseGet(() -> Path.of(System.getProperty("user.home")))
                .resolve(".cache"))
        .resolve("loupe");
  }

  private static Optional<Path> absolute(String path) {
    return Optional.ofNullable(path).map(Path::of).filter(Path::isAbsolute);
  }
}
