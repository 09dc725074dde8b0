package dev.loupe.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher as a process of its own, mostly in front of a shell script that plays Java. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the fake Java is a shell script")
class MainTest {

  /** Far above what a start takes on a busy machine; only a test that hangs gets there. */
  private static final long PATIENCE_SECONDS = 60;

  private static final Path THIS_JAVA = Path.of(System.getProperty("java.home"));

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 130, 141, 143, 255})
  void theExitCodeIsTheChilds(int code) throws Exception {
    assertThat(launch("exit " + code).exit()).isEqualTo(code);
  }

  @Test
  void aChildEndedByASignalGivesTheCodeAShellWouldGive() throws Exception {
    assertThat(launch("kill -9 $$").exit()).isEqualTo(137);
  }

  @Test
  void theThreeStreamsPassThrough() throws Exception {
    Result result = launch("echo to err >&2; exec cat", "sample\ninput");

    assertThat(result.out()).isEqualTo("sample\ninput");
    assertThat(result.err()).isEqualTo("to err\n");
  }

  @Test
  void theVectorModuleIsAddedAndArgumentsArriveUnchanged() throws Exception {
    Result result =
        launch(
            "for a in \"$@\"; do echo \"[$a]\"; done",
            "",
            "caption",
            "two words",
            "",
            "\"*\\",
            "é");

    assertThat(result.out().lines())
        .contains("[--add-modules=jdk.incubator.vector]", "[--enable-native-access=ALL-UNNAMED]")
        .endsWith(
            "[dev.loupe.engine.cli.LoupeCommand]",
            "[caption]",
            "[two words]",
            "[]",
            "[\"*\\]",
            "[é]");
  }

  @Test
  void optionsForTheWorkReachTheChildFromTheVariableAndFromTheLauncher() throws Exception {
    Path home = fake("echo \"$@\"");
    ProcessBuilder builder = builder(THIS_JAVA, List.of("-Xmx64m", "-Da=b"), List.of());
    builder.environment().put("LOUPE_JAVA_HOME", home.toString());
    builder.environment().put("LOUPE_JAVA_OPTS", "  -Xmx8g   -Dc=d ");

    assertThat(finish(builder.start()).out()).contains(" -Xmx64m -Da=b -Xmx8g -Dc=d ");
  }

  @Test
  void sigtermEndsTheChildFirstAndGivesItsCode() throws Exception {
    Path trace = folder.resolve("trace");
    Process launcher =
        start(
            "trap 'echo ended > "
                + trace
                + "; exit 143' TERM; echo ready; while :; do sleep 0.1; done");
    awaitLine(launcher, "ready");

    launcher.destroy();

    assertThat(finish(launcher).exit()).isEqualTo(143);
    assertThat(trace).hasContent("ended");
  }

  @Test
  void sigintForTheLauncherAloneIsPassedOn() throws Exception {
    Process launcher = start("trap 'exit 130' INT; echo ready; while :; do sleep 0.1; done");
    awaitLine(launcher, "ready");

    signal(launcher, "INT");

    assertThat(finish(launcher).exit()).isEqualTo(130);
  }

  @Test
  void anInterruptThatTheChildSurvivesDoesNotEndTheLauncher() throws Exception {
    Process launcher =
        start(
            "trap 'echo stopped the answer' INT; echo ready; read line; echo \"then $line\"; exit 0");
    awaitLine(launcher, "ready");

    signal(launcher, "INT");
    awaitLine(launcher, "stopped the answer");
    launcher.outputWriter().write("bye\n");
    launcher.outputWriter().flush();

    assertThat(launcher.inputReader().readLine()).startsWith("then");
    assertThat(finish(launcher).exit()).isZero();
  }

  @Test
  void withoutAUsableJavaTheMessageSaysWhatToDo() throws Exception {
    Path old = FakeJava.create(folder.resolve("old"), "21.0.2");

    Result result = finish(builder(THIS_JAVA, old, "caption").start());

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .startsWith("loupe: Java 25 or later with the module jdk.incubator.vector is needed")
        .contains(": Java 21.0.2, too old (LOUPE_JAVA_HOME)");
  }

  @Test
  void aJavaThatDoesNotStartIsReported() throws Exception {
    Path home = fake("exit 0");
    Files.writeString(home.resolve("bin/java"), "#!/no/such/interpreter\n");

    Result result = finish(builder(THIS_JAVA, home, "caption").start());

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).startsWith("loupe: " + home.resolve("bin/java") + " did not start: ");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has the C locale and /proc")
  void lettersTheLocaleCannotExpressAreNotTurnedIntoQuestionMarksInSilence() throws Exception {
    // The letter has to be written by a shell that takes bytes as they are.
    Result result = underCLocale("exec \"$0\" \"$@\" \"$(printf '\\303\\251.png')\"");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("LC_ALL=C.UTF-8");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has the C locale")
  void theChildOfACLocaleCanOpenFilesNamedBeyondAscii() throws Exception {
    Result result = underCLocale("exec \"$0\" \"$@\" caption");

    assertThat(result.exit()).isZero();
    assertThat(result.out()).isEqualTo("C.UTF-8\n");
  }

  @Test
  void theJavaOfThisTestStartsItselfWithTheVectorModule() throws Exception {
    Result result = finish(builder(THIS_JAVA, List.of(), List.of("--version")).start());

    assertThat(result.exit()).isZero();
    assertThat(result.out()).startsWith("loupe ").contains("with the Vector API");
  }

  @Test
  void aJvmWithTheVectorModuleStartsNoOther() throws Exception {
    ProcessBuilder builder =
        builder(THIS_JAVA, List.of("--add-modules=jdk.incubator.vector"), List.of("--version"));
    builder.environment().put("LOUPE_JAVA_HOME", "/a/second/start/would/fail");

    Result result = finish(builder.start());

    assertThat(result.exit()).isZero();
    assertThat(result.out()).contains("with the Vector API");
  }

  @Test
  void anOlderJavaFindsTheNewOne() throws Exception {
    Optional<Path> older = olderJava();
    assumeTrue(older.isPresent(), "no Java 17 to 24 in the usual places");

    ProcessBuilder builder = builder(older.orElseThrow(), List.of(), List.of("--version"));
    builder.environment().put("JAVA_HOME", THIS_JAVA.toString());
    Result result = finish(builder.start());

    assertThat(result.exit()).isZero();
    assertThat(result.out()).contains("Java " + System.getProperty("java.version"));
  }

  @Test
  void anOlderJavaPassesSignalsAndTheExitCodeToo() throws Exception {
    Optional<Path> older = olderJava();
    assumeTrue(older.isPresent(), "no Java 17 to 24 in the usual places");

    Path home = fake("trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done");
    Process launcher = builder(older.orElseThrow(), home).start();
    awaitLine(launcher, "ready");
    launcher.destroy();

    assertThat(finish(launcher).exit()).isEqualTo(7);
  }

  private static Optional<Path> olderJava() throws IOException {
    for (Path parent :
        InstallFolders.of(
            System.getProperty("os.name"),
            Path.of(System.getProperty("user.home")),
            System.getenv())) {
      if (Files.isDirectory(parent)) {
        try (var children = Files.newDirectoryStream(parent)) {
          for (Path child : children) {
            Optional<JavaHome> home = JavaHome.read(child);
            if (home.isPresent() && home.get().feature() >= 17 && home.get().feature() < 25) {
              return Optional.of(child);
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Output of a finished process. */
  private record Result(int exit, String out, String err) {}

  private Path fake(String script) throws IOException {
    return FakeJava.create(folder.resolve("fake"), "25", FakeJava.MODULES, script);
  }

  private Result launch(String script) throws Exception {
    return launch(script, "");
  }

  private Result launch(String script, String input, String... arguments) throws Exception {
    Process launcher = builder(THIS_JAVA, fake(script), arguments).start();
    try (var in = launcher.outputWriter(StandardCharsets.UTF_8)) {
      in.write(input);
    }
    return finish(launcher);
  }

  private Process start(String script) throws IOException {
    return builder(THIS_JAVA, fake(script)).start();
  }

  private Result underCLocale(String script) throws Exception {
    ProcessBuilder builder = builder(THIS_JAVA, fake("echo $LC_ALL"));
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", script));
    command.addAll(builder.command());
    builder.command(command).environment().put("LC_ALL", "C");
    return finish(builder.start());
  }

  private ProcessBuilder builder(Path java, Path override, String... arguments) throws IOException {
    ProcessBuilder builder = builder(java, List.of(), List.of(arguments));
    builder.environment().put("LOUPE_JAVA_HOME", override.toString());
    return builder;
  }

  private ProcessBuilder builder(Path java, List<String> options, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(java.resolve("bin/java").toString()));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(folder.resolve("err").toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.matches(".*JAVA.*|.*JDK.*"));
    environment.put("LC_ALL", "C.UTF-8");
    return builder;
  }

  private Result finish(Process process) throws Exception {
    try {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("ended").isTrue();
      return new Result(process.exitValue(), out, Files.readString(folder.resolve("err")));
    } finally {
      process.destroyForcibly();
    }
  }

  private static void awaitLine(Process process, String line) throws IOException {
    assertThat(process.inputReader().readLine()).isEqualTo(line);
  }

  private static void signal(Process process, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }
}
