package dev.loupe.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs scripts of {@code src/test/resources/clients} on Node with a package from the npm registry.
 * Where there is no Node, no npm or no registry the test is skipped.
 */
final class NodeScripts {

  private static final Path FOLDER = Path.of("target", "clients");
  private static final long PATIENCE_SECONDS = 60;

  private final Path folder;
  private final Path node;

  private NodeScripts(Path folder, Path node) {
    this.folder = folder;
    this.node = node;
  }

  /** A folder with this package, installed once and kept until {@code mvn clean}. */
  static NodeScripts with(String name, String version) throws Exception {
    Optional<Path> node = find("node");
    Optional<Path> npm = find("npm");
    assumeTrue(node.isPresent() && npm.isPresent(), "node and npm are not on the path");
    Path folder = Files.createDirectories(FOLDER.resolve(name + "-" + version));
    if (!Files.exists(folder.resolve("node_modules/%s/package.json".formatted(name)))) {
      Files.writeString(folder.resolve("package.json"), "{\"private\": true}");
      Run install =
          run(
              folder,
              npm.get().toString(),
              "install",
              "--no-audit",
              "--no-fund",
              "--ignore-scripts",
              "--fetch-retries=0",
              "%s@%s".formatted(name, version));
      assumeTrue(install.exit() == 0, "npm cannot install %s: %s".formatted(name, install.out()));
    }
    return new NodeScripts(folder.toAbsolutePath(), node.get());
  }

  /** A program on the path. */
  static Optional<Path> find(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** What a script prints: one JSON object. */
  Map<String, Object> run(String script, Object... arguments) throws Exception {
    try (var source = NodeScripts.class.getResourceAsStream("/clients/" + script)) {
      Files.copy(source, folder.resolve(script), StandardCopyOption.REPLACE_EXISTING);
    }
    List<String> command = new ArrayList<>(List.of(node.toString(), script));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Run run = run(folder, command.toArray(String[]::new));
    assertThat(run.exit()).as(run.out()).isZero();
    return Client.json(run.out().lines().filter(l -> l.startsWith("{")).toList().getLast());
  }

  private record Run(int exit, String out) {}

  private static Run run(Path folder, String... command) throws IOException, InterruptedException {
    Path out = Files.createTempFile("loupe-client", ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      String text = Files.readString(out, StandardCharsets.UTF_8);
      return new Run(ended ? process.exitValue() : -1, text);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      Files.delete(out);
    }
  }
}
