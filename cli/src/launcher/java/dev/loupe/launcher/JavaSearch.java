package dev.loupe.launcher;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Looks for a Java that can run Loupe, and remembers what it saw.
 *
 * <p>{@code LOUPE_JAVA_HOME} decides alone where it is set. Otherwise the first usable one of: the
 * Java that runs this program, {@code JAVA_HOME}; then the best of other {@code JAVA...HOME}
 * variables, of {@code PATH} and of the install folders, where the version that Loupe is tested
 * with comes before newer ones. One with a {@linkplain JavaHome#sound known fault} comes after all
 * others.
 */
final class JavaSearch {

  static final String OVERRIDE = "LOUPE_JAVA_HOME";

  private final Map<String, String> environment;
  private final Path running;
  private final List<Path> installFolders;

  /** What is where, in the order of the search. */
  private final Map<String, String> seen = new LinkedHashMap<>();

  /**
   * @param environment the environment variables
   * @param running the home of the Java that runs this program
   * @param installFolders folders whose children are Java homes
   */
  JavaSearch(Map<String, String> environment, Path running, List<Path> installFolders) {
    this.environment = environment;
    this.running = running;
    this.installFolders = List.copyOf(installFolders);
  }

  static JavaSearch ofThisMachine() {
    return new JavaSearch(
        System.getenv(),
        Path.of(System.getProperty("java.home")),
        InstallFolders.of(
            System.getProperty("os.name"),
            userFolder(
                System.getProperty("os.name"),
                System.getenv().getOrDefault("HOME", ""),
                System.getProperty("user.home")),
            System.getenv()));
  }

  /** {@code HOME} as the system has it; Windows has none, and what sets it there may be no path. */
  static Path userFolder(String system, String home, String fallback) {
    return Path.of(home.startsWith("/") && !system.startsWith("Windows") ? home : fallback);
  }

  Optional<JavaHome> find() {
    String override = environment.getOrDefault(OVERRIDE, "");
    if (!override.isBlank()) {
      return look(override, OVERRIDE).filter(JavaHome::usable);
    }
    List<JavaHome> faulty = new ArrayList<>();
    List<Supplier<Optional<JavaHome>>> places =
        List.of(
            () -> look(running.toString(), "runs this program").filter(JavaHome::usable),
            () ->
                Optional.ofNullable(environment.get("JAVA_HOME"))
                    .flatMap(home -> look(home, "JAVA_HOME"))
                    .filter(JavaHome::usable),
            () -> best(everywhereElse()));
    for (Supplier<Optional<JavaHome>> place : places) {
      Optional<JavaHome> home = place.get();
      if (home.filter(JavaHome::sound).isPresent()) {
        return home;
      }
      home.ifPresent(faulty::add);
    }
    return faulty.stream().findFirst();
  }

  /** What to tell a person when {@link #find} found nothing. */
  String explanation() {
    StringBuilder text = new StringBuilder("Java ").append(JavaHome.REQUIRED);
    text.append(" or later with the module ").append(JavaHome.VECTOR_MODULE);
    text.append(" is needed, and none was found. Looked at:\n");
    seen.forEach(
        (where, what) -> text.append("  ").append(where).append(": ").append(what).append('\n'));
    if (environment.getOrDefault(OVERRIDE, "").isBlank()) {
      text.append("Install a JDK ").append(JavaHome.REQUIRED);
      text.append(" (https://adoptium.net has one for each system), or set ").append(OVERRIDE);
      text.append(
          "\nto the folder of one that is not in a usual place: the folder that holds bin and release.");
    } else {
      text.append("Set ")
          .append(OVERRIDE)
          .append(" to the folder of such a JDK (the one that holds bin and release),");
      text.append("\nor unset it to have the usual places searched.");
    }
    return text.toString();
  }

  private List<JavaHome> everywhereElse() {
    List<JavaHome> homes = new ArrayList<>();
    new TreeMap<>(environment)
        .forEach((name, value) -> {
          if (name.matches("(JAVA|JDK).*HOME.*") && !name.equals("JAVA_HOME")) {
            look(value, name).ifPresent(homes::add);
          }
        });
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
      homeOfProgram(folder).flatMap(home -> look(home.toString(), "PATH")).ifPresent(homes::add);
    }
    for (Path folder : installFolders) {
      try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
        for (Path child : children) {
          inside(child)
              .ifPresent(home -> {
                remember(home, "");
                homes.add(home);
              });
        }
      } catch (IOException e) {
        continue; // Not there, or not ours to read: nothing to run in it either way.
      }
    }
    return homes;
  }

  private static Optional<JavaHome> best(List<JavaHome> homes) {
    return homes.stream()
        .filter(JavaHome::usable)
        .min(
            Comparator.comparing(JavaHome::sound)
                .reversed()
                .thenComparingInt(JavaHome::feature)
                .thenComparing(Comparator.comparing(JavaSearch::numbers).reversed()));
  }

  /** The version with each number padded, so that 25.0.10 is later than 25.0.9. */
  private static String numbers(JavaHome home) {
    StringBuilder text = new StringBuilder();
    for (String number : home.version().split("\\D+")) {
      text.append("0".repeat(Math.max(0, 8 - number.length()))).append(number).append('.');
    }
    return text.toString();
  }

  private Optional<JavaHome> look(String folder, String origin) {
    Optional<JavaHome> home = Optional.empty();
    try {
      home = inside(Path.of(folder));
      if (home.isEmpty()) {
        remember(folder, "no bin/java with a file named release beside bin", origin);
      }
    } catch (InvalidPathException e) {
      remember(folder, "not a path", origin);
    }
    home.ifPresent(found -> remember(found, origin));
    return home;
  }

  private void remember(JavaHome home, String origin) {
    String where;
    try {
      where = home.path().toRealPath().toString();
    } catch (IOException e) {
      where = home.path().toString();
    }
    remember(where, home.objection(), origin);
  }

  private void remember(String where, String what, String origin) {
    seen.putIfAbsent(where, origin.isEmpty() ? what : what + " (" + origin + ")");
  }

  /** The Java in {@code folder}: itself, or where macOS and Homebrew put it. */
  private static Optional<JavaHome> inside(Path folder) {
    for (String inner : new String[] {"", "Contents/Home", "libexec/openjdk.jdk/Contents/Home"}) {
      Optional<JavaHome> home = JavaHome.read(folder.resolve(inner));
      if (home.isPresent()) {
        return home;
      }
    }
    return Optional.empty();
  }

  /** The home behind {@code folder/java}, which is often a link to a link. */
  private static Optional<Path> homeOfProgram(String folder) {
    try {
      Path program = Path.of(folder, File.separatorChar == '\\' ? "java.exe" : "java");
      if (!Files.isExecutable(program)) {
        return Optional.empty();
      }
      Path home = program.toRealPath().getParent().getParent();
      // A shim, such as asdf's, resolves to itself and has no Java around it.
      return Optional.ofNullable(home).filter(path -> JavaHome.read(path).isPresent());
    } catch (IOException | InvalidPathException e) {
      return Optional.empty();
    }
  }
}
