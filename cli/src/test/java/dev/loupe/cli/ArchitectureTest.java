package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** ARCHITECTURE.md names the classes and packages that there are, and no others. */
class ArchitectureTest {
  private static final Path ROOT = Path.of("..");
  private static final Path MAP = ROOT.resolve("ARCHITECTURE.md");

  /** A class in a code span, as {@code `Qwen2Vl`} or {@code `Qwen2Vl.load`}. */
  private static final Pattern CLASS =
      Pattern.compile("`([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)(\\.[a-z]\\w*)?`");

  private static final Pattern PACKAGE = Pattern.compile("`(dev\\.loupe[a-z0-9.]*)`");

  /** Classes of the JDK that the map speaks of. */
  private static final Set<String> OF_THE_JDK =
      Set.of("Arena", "IOException", "IllegalStateException", "Math", "StrictMath");

  /** Folders of a module with code that is no test. */
  private static final List<String> MAIN = List.of("main", "launcher", "generator");

  private static final Set<String> GENERATED = Set.of("PanelProducts");

  private static List<Path> sources() throws IOException {
    List<Path> roots;
    try (Stream<Path> modules = Files.list(ROOT)) {
      roots =
          modules
              .flatMap(module -> MAIN.stream().map(kind -> module.resolve("src/" + kind + "/java")))
              .filter(Files::isDirectory)
              .toList();
    }
    Set<Path> sources = new TreeSet<>();
    for (Path root : roots) {
      try (Stream<Path> files = Files.walk(root)) {
        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
      }
    }
    return List.copyOf(sources);
  }

  private static Set<String> named(Pattern pattern) throws IOException {
    return pattern
        .matcher(Files.readString(MAP))
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyClassOnTheMapExists() throws IOException {
    Set<String> known = new HashSet<>(GENERATED);
    known.addAll(OF_THE_JDK);
    for (Path source : sources()) {
      known.add(source.getFileName().toString().replace(".java", ""));
    }

    assertThat(named(CLASS)).hasSizeGreaterThan(50).isSubsetOf(known);
  }

  @Test
  void everyPackageIsOnTheMap() throws IOException {
    Set<String> packages = new TreeSet<>();
    for (Path source : sources()) {
      if (source.endsWith("package-info.java")) {
        Files.readString(source)
            .lines()
            .filter(line -> line.startsWith("package "))
            .forEach(line -> packages.add(line.substring("package ".length(), line.length() - 1)));
      }
    }

    assertThat(named(PACKAGE)).containsExactlyElementsOf(packages);
  }

  @Test
  void theMapIsShort() throws IOException {
    assertThat(Files.readAllLines(MAP)).hasSizeLessThanOrEqualTo(220);
  }
}
