package dev.loupe.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Starts the launcher as a process of its own, and leaves none behind. */
final class Launches implements AutoCloseable {

  /** Far above what a start takes on a busy machine; only a test that hangs gets there. */
  static final long PATIENCE_SECONDS = 60;

  static final Path THIS_JAVA = Path.of(System.getProperty("java.home"));

  /** What a finished process gave back. */
  record Result(int exit, String out, String err) {}

  private final Path folder;
  private final List<Process> processes = new ArrayList<>();

  /**
   * @param folder where to put the fake Java and the standard error of the launcher
   */
  Launches(Path folder) {
    this.folder = folder;
  }

  /** A Java 25 whose program is the shell script {@code script}. */
  Path fake(String script) throws IOException {
    return FakeJava.create(folder.resolve("fake"), "25.0.3", FakeJava.MODULES, script);
  }

  /** A launcher on this test's own Java that is told to use {@code override}. */
  ProcessBuilder on(Path override, String... arguments) throws IOException {
    ProcessBuilder builder = builder(THIS_JAVA, List.of(), arguments);
    builder.environment().put("LOUPE_JAVA_HOME", override.toString());
    return builder;
  }

  /** A launcher on {@code java}, in an environment that names no other. */
  ProcessBuilder builder(Path java, List<String> options, String... arguments) {
    List<String> command = new ArrayList<>(List.of(java.resolve("bin/java").toString()));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(folder.resolve("err").toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.matches(".*JAVA.*|.*JDK.*"));
    environment.put("LC_ALL", "C.UTF-8");
    environment.put("XDG_CACHE_HOME", folder.resolve("caches").toString());
    return builder;
  }

  /** Where what is started keeps its caches. */
  Path caches() {
    return folder.resolve("caches/loupe");
  }

  Process start(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  Result run(ProcessBuilder builder) throws Exception {
    return run(builder, "");
  }

  Result run(ProcessBuilder builder, String input) throws Exception {
    Process process = start(builder);
    try (var in = process.outputWriter(StandardCharsets.UTF_8)) {
      in.write(input);
    }
    return finish(process);
  }

  Result finish(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), out, Files.readString(folder.resolve("err")));
  }

  static void awaitLine(Process process, String line) throws IOException {
    assertThat(process.inputReader().readLine()).isEqualTo(line);
  }

  /** A Java of this machine that is too old for Loupe and new enough for the launcher. */
  static Optional<Path> olderJava() throws IOException {
    List<Path> parents =
        InstallFolders.of(
            System.getProperty("os.name"),
            Path.of(System.getProperty("user.home")),
            System.getenv());
    for (Path parent : parents) {
      if (Files.isDirectory(parent)) {
        try (var children = Files.newDirectoryStream(parent)) {
          for (Path child : children) {
            Optional<JavaHome> home = JavaHome.read(child);
            if (home.isPresent()
                && home.get().feature() >= 17
                && home.get().feature() < JavaHome.REQUIRED) {
              return Optional.of(child);
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
