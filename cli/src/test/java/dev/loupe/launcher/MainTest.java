package dev.loupe.launcher;

import static dev.loupe.launcher.Launches.THIS_JAVA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.launcher.Launches.Result;
import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.TestFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher as a process of its own, mostly in front of a shell script that plays Java. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the fake Java is a shell script")
@Timeout(value = Launches.PATIENCE_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MainTest {

  @TempDir Path folder;
  private Launches launches;

  @BeforeEach
  void open() {
    launches = new Launches(folder);
  }

  @AfterEach
  void close() {
    launches.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 130, 143, 255})
  void theExitCodeIsTheChilds(int code) throws Exception {
    Result result = launches.run(launches.on(launches.fake("exit " + code)));

    assertThat(result.exit()).isEqualTo(code);
  }

  @Test
  void aChildEndedByASignalGivesTheCodeAShellWouldGive() throws Exception {
    assertThat(launches.run(launches.on(launches.fake("kill -9 $$"))).exit()).isEqualTo(128 + 9);
  }

  @Test
  void theThreeStreamsPassThrough() throws Exception {
    Path java = launches.fake("echo to err >&2; exec cat");

    Result result = launches.run(launches.on(java), "sample\ninput");

    assertThat(result.out()).isEqualTo("sample\ninput");
    assertThat(result.err()).isEqualTo("to err\n");
  }

  @Test
  void theVectorModuleIsAddedAndArgumentsArriveUnchanged() throws Exception {
    Path java = launches.fake("for a in \"$@\"; do echo \"[$a]\"; done");

    Result result = launches.run(launches.on(java, "caption", "two words", "", "\"*\\", "é"));

    assertThat(result.out().lines())
        .contains("[--add-modules=jdk.incubator.vector]", "[--enable-native-access=ALL-UNNAMED]")
        .endsWith(
            "[dev.loupe.cli.LoupeCommand]", "[caption]", "[two words]", "[]", "[\"*\\]", "[é]");
  }

  @Test
  void optionsForTheWorkReachTheChildFromTheLauncherAndFromTheVariable() throws Exception {
    Path java = launches.fake("echo \"$@\"");
    ProcessBuilder builder = launches.builder(THIS_JAVA, List.of("-Xmx64m", "-Da=b"));
    builder.environment().put("LOUPE_JAVA_HOME", java.toString());
    builder.environment().put("LOUPE_JAVA_OPTS", "  -Xmx8g   -Dc=d ");

    assertThat(launches.run(builder).out()).contains(" -Xmx64m -Da=b -Xmx8g -Dc=d ");
  }

  /** A JVM whose heap is smaller than the new generation prints a warning into the results. */
  @ParameterizedTest
  @ValueSource(strings = {"-Xmx24m", "-Xms16m", "-Xmn8m", "-XX:MaxHeapSize=1g", "-XX:NewSize=8m"})
  void whoeverSaysASizeOfTheHeapIsNotOverruled(String option) throws Exception {
    assertThat(childOptions("-Da=b")).contains("-XX:MaxNewSize=32m");
    assertThat(childOptions(option)).contains(option).doesNotContain("-XX:MaxNewSize=32m");
  }

  private String childOptions(String option) throws Exception {
    ProcessBuilder builder = launches.on(launches.fake("echo \"$@\""));
    builder.environment().put("LOUPE_JAVA_OPTS", option);
    return launches.run(builder).out();
  }

  @Test
  void aJavaThatCanDamageDataIsWarnedOfAndUsed() throws Exception {
    Path faulty =
        FakeJava.create(folder.resolve("faulty"), "25.0.1", FakeJava.MODULES, "echo works");

    Result result = launches.run(launches.on(faulty, "caption"));

    assertThat(result.out()).isEqualTo("works\n");
    assertThat(result.err())
        .startsWith("loupe: warning: Java 25.0.1 can damage pictures while it reads them")
        .contains("25.0.3 or later");
  }

  @Test
  void anOptionThatCanDamageDataIsWarnedOf() throws Exception {
    ProcessBuilder builder = launches.on(launches.fake("exit 0"));
    builder.environment().put("LOUPE_JAVA_OPTS", "-XX:+UseCompactObjectHeaders");

    assertThat(launches.run(builder).err())
        .startsWith("loupe: warning: Java 25.0.3 can damage texts")
        .contains("-XX:+UseCompactObjectHeaders (JDK-8380060)");
  }

  @Test
  void withoutAUsableJavaTheMessageSaysWhatToDo() throws Exception {
    Path old = FakeJava.create(folder.resolve("old"), "21.0.2");

    Result result = launches.run(launches.on(old, "caption"));

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .startsWith("loupe: Java 25 or later with the module jdk.incubator.vector is needed")
        .contains(": Java 21.0.2, too old (LOUPE_JAVA_HOME)");
  }

  @Test
  void aJavaThatDoesNotStartIsReported() throws Exception {
    Path home = launches.fake("exit 0");
    Files.writeString(home.resolve("bin/java"), "#!/no/such/interpreter\n");

    Result result = launches.run(launches.on(home, "caption"));

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).startsWith("loupe: " + home.resolve("bin/java") + " did not start: ");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has the C locale and /proc")
  void lettersTheLocaleCannotExpressAreNotTurnedIntoQuestionMarksInSilence() throws Exception {
    // A shell writes the bytes: this JVM's own locale may not be able to.
    Result result = underCLocale("exec \"$0\" \"$@\" \"$(printf '\\303\\251.png')\"");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("set LC_ALL=C.UTF-8");
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
    Result result = launches.run(launches.builder(THIS_JAVA, List.of(), "--debug", "--version"));

    assertThat(result.exit()).isZero();
    assertThat(result.out()).startsWith("loupe ").contains("with the Vector API");
  }

  @Test
  void theVersionIsThatOfAStartedJava() throws Exception {
    Result started = launches.run(launches.builder(THIS_JAVA, List.of(), "--debug", "--version"));

    Result result = launches.run(launches.builder(THIS_JAVA, List.of(), "--version"));

    assertThat(result.exit()).isZero();
    assertThat(result.out()).isEqualTo(started.out());
    assertThat(result.err()).isEmpty();
  }

  @Test
  void theVersionStartsNoJava() throws Exception {
    Result result = launches.run(launches.on(launches.fake("exit 3"), "-V"));

    assertThat(result.exit()).isZero();
    assertThat(result.out()).contains("\nJava 25.0.3 (Nobody), ");
  }

  @Test
  void littleWorkStartsWithoutTheVectorModuleAndWithTheClassesOfTheLastStart() throws Exception {
    Path java = launches.fake("for a in \"$@\"; do echo \"[$a]\"; done");
    Path picture = Files.createFile(folder.resolve("a.png"));

    Result result = launches.run(launches.on(java, "caption", picture.toString()));

    assertThat(result.out())
        .contains("[-Dloupe.kernels=scalar]", "[-XX:SharedArchiveFile=" + launches.caches())
        .doesNotContain("--add-modules");
  }

  @Test
  void nothingIsKeptWhereNothingShallBe() throws Exception {
    Path java = launches.fake("echo \"$@\"");
    String picture = Files.createFile(folder.resolve("a.png")).toString();

    assertThat(launches.run(launches.on(java, "caption", "--no-cache", picture)).out())
        .contains("-Dloupe.kernels=scalar")
        .doesNotContain("SharedArchiveFile");
    assertThat(launches.caches()).doesNotExist();
  }

  @Test
  void anArchiveThatWasNotWrittenToItsEndIsWrittenAgain() throws Exception {
    Path java = launches.fake("echo \"$@\"");
    String picture = Files.createFile(folder.resolve("a.png")).toString();
    ProcessBuilder builder = launches.on(java, "caption", picture);
    String option = launches.run(builder).out().replaceAll("(?s).*ArchiveFile=(\\S*).*", "$1");
    Path half = Files.write(Path.of(option), new byte[100]);
    Path whole = Files.write(Path.of(option + "2"), new byte[] {1});

    assertThat(launches.run(builder).out()).contains("-XX:SharedArchiveFile=" + half);
    assertThat(half).doesNotExist();

    Files.move(whole, half);
    launches.run(builder);
    assertThat(half).exists();
  }

  @Test
  void aCacheFolderThatCannotBeMadeOnlyCostsTime() throws Exception {
    Path file = Files.createFile(folder.resolve("a.png"));
    ProcessBuilder builder = launches.on(launches.fake("echo \"$@\""), "caption", file.toString());
    builder.environment().put("XDG_CACHE_HOME", file.toString());

    assertThat(launches.run(builder).out())
        .contains("-Dloupe.kernels=scalar")
        .doesNotContain("SharedArchiveFile");
  }

  /** The option changes no bit, and is none that the launcher takes for little work. */
  @Test
  void aLittleStartGivesTheReceiptOfALargeOne() throws Exception {
    String picture = TestFiles.scene("scene-001").toString();
    List<String> receipts = new ArrayList<>();
    for (String option : List.of("--no-guess", "--batch=1")) {
      Result result =
          launches.run(
              launches.builder(
                  THIS_JAVA, List.of(), "caption", "--format=jsonl", "--receipt", option, picture));
      assertThat(result.err().contains("incubator"))
          .as("the Vector module with %s", option)
          .isEqualTo(option.equals("--batch=1"));
      receipts.add(JsonLines.object(result.out()).get("receipt").toString());
    }
    assertThat(receipts.get(0)).isEqualTo(receipts.get(1));
  }

  @Test
  void aJvmWithTheVectorModuleStartsNoOther() throws Exception {
    ProcessBuilder builder =
        launches.builder(THIS_JAVA, List.of("--add-modules=jdk.incubator.vector"), "--version");
    builder.environment().put("LOUPE_JAVA_HOME", "/a/second/start/would/fail");

    Result result = launches.run(builder);

    assertThat(result.exit()).isZero();
    assertThat(result.out()).contains("with the Vector API");
  }

  @Test
  void anOlderJavaFindsTheNewOne() throws Exception {
    Optional<Path> older = Launches.olderJava();
    assumeTrue(older.isPresent(), "no Java 17 to 24 in the usual places");
    ProcessBuilder builder =
        launches.builder(older.orElseThrow(), List.of(), "--debug", "--version");
    builder.environment().put("JAVA_HOME", THIS_JAVA.toString());

    Result result = launches.run(builder);

    assertThat(result.exit()).isZero();
    assertThat(result.out()).contains("Java " + System.getProperty("java.version"));
  }

  private Result underCLocale(String script) throws Exception {
    ProcessBuilder builder = launches.on(launches.fake("echo $LC_ALL"));
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", script));
    command.addAll(builder.command());
    builder.command(command).environment().put("LC_ALL", "C");
    return launches.run(builder);
  }
}
