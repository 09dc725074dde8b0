package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** SECURITY.md names tests; each of them exists. */
class SecurityTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern NAMED = Pattern.compile("`(\\w+Test)(?:\\.(\\w+))?`");

  @Test
  void everyTestThatIsNamedExists() throws IOException {
    Map<String, String> sources = new HashMap<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path tests : modules.map(m -> m.resolve("src/test/java")).toList()) {
        if (Files.isDirectory(tests)) {
          try (Stream<Path> files = Files.walk(tests)) {
            for (Path file : files.filter(f -> f.toString().endsWith("Test.java")).toList()) {
              sources.put(
                  file.getFileName().toString().replace(".java", ""), Files.readString(file));
            }
          }
        }
      }
    }
    List<MatchResult> named =
        NAMED.matcher(Files.readString(ROOT.resolve("SECURITY.md"))).results().toList();

    assertThat(named)
        .hasSizeGreaterThan(20)
        .allSatisfy(test -> {
          assertThat(sources).containsKey(test.group(1));
          if (test.group(2) != null) {
            assertThat(sources.get(test.group(1))).contains("void " + test.group(2) + "(");
          }
        });
  }
}
