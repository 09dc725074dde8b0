package dev.loupe.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the fake Java is a shell script")
class JavaSearchTest {

  @TempDir Path folder;
  private Path installed;
  private Path old;

  @BeforeEach
  void anOldJavaRunsTheProgram() throws IOException {
    folder = folder.toRealPath();
    installed = Files.createDirectories(folder.resolve("jvm"));
    old = FakeJava.create(folder.resolve("old"), "17.0.15");
  }

  @Test
  void theJavaThatRunsTheProgramIsTakenIfItWillDo() throws IOException {
    Path running = FakeJava.create(folder.resolve("running"), "26");
    FakeJava.create(installed.resolve("jdk-25"), "25.0.3");
    Path home = FakeJava.create(folder.resolve("home"), "25.0.3");

    assertThat(found(Map.of("JAVA_HOME", home.toString()), running)).isEqualTo(running);
  }

  @Test
  void javaHomeComesBeforeTheInstallFolders() throws IOException {
    FakeJava.create(installed.resolve("jdk-25"), "25.0.3");
    Path home = FakeJava.create(folder.resolve("home"), "26");

    assertThat(found(Map.of("JAVA_HOME", home.toString()), old)).isEqualTo(home);
  }

  @Test
  void aJavaHomeThatIsTooOldDoesNotEndTheSearch() throws IOException {
    Path best = FakeJava.create(installed.resolve("jdk-25"), "25.0.3");

    assertThat(found(Map.of("JAVA_HOME", old.toString()), old)).isEqualTo(best);
  }

  @Test
  void otherJavaHomeVariablesAreReadToo() throws IOException {
    Path home = FakeJava.create(folder.resolve("runner"), "25.0.1");

    assertThat(found(Map.of("JAVA_HOME_25_X64", home.toString()), old)).isEqualTo(home);
  }

  @Test
  void aLinkOnThePathLeadsToItsJava() throws IOException {
    Path home = FakeJava.create(folder.resolve("elsewhere"), "25.0.1");
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("java"), home.resolve("bin/java"));

    assertThat(found(Map.of("PATH", "/nowhere:" + bin), old)).isEqualTo(home);
  }

  @Test
  void theVersionLoupeIsTestedWithComesBeforeNewerOnes() throws IOException {
    FakeJava.create(installed.resolve("jdk-26"), "26.0.1");
    Path best = FakeJava.create(installed.resolve("jdk-25"), "25.0.3");

    assertThat(found(Map.of(), old)).isEqualTo(best);
  }

  @Test
  void aJavaThatCanDamageDataComesAfterAllOthers() throws IOException {
    Path faulty = FakeJava.create(folder.resolve("running"), "25.0.2");
    FakeJava.create(installed.resolve("jdk-25"), "25.0.1");
    assertThat(found(Map.of("JAVA_HOME", faulty.toString()), faulty)).isEqualTo(faulty);

    Path sound = FakeJava.create(installed.resolve("jdk-26"), "26");
    assertThat(found(Map.of("JAVA_HOME", faulty.toString()), faulty)).isEqualTo(sound);

    Path best = FakeJava.create(installed.resolve("newer-25"), "25.0.10");
    assertThat(found(Map.of(), faulty)).isEqualTo(best);
  }

  @Test
  void updateTenIsLaterThanUpdateNine() throws IOException {
    FakeJava.create(installed.resolve("a"), "25.0.9");
    Path best = FakeJava.create(installed.resolve("b"), "25.0.10");
    FakeJava.create(installed.resolve("c"), "25.0.1");

    assertThat(found(Map.of(), old)).isEqualTo(best);
  }

  @Test
  void aMacBundleIsLookedInto() throws IOException {
    Path home = FakeJava.create(installed.resolve("temurin-25.jdk/Contents/Home"), "25.0.3");

    assertThat(found(Map.of(), old)).isEqualTo(home);
  }

  @Test
  void theOverrideDecidesAlone() throws IOException {
    Path chosen = FakeJava.create(folder.resolve("chosen"), "25.0.1");
    Path running = FakeJava.create(folder.resolve("running"), "25.0.3");

    assertThat(found(Map.of("LOUPE_JAVA_HOME", chosen.toString()), running)).isEqualTo(chosen);
  }

  @Test
  void anOverrideThatWillNotDoIsNotReplacedInSilence() throws IOException {
    FakeJava.create(installed.resolve("jdk-25"), "25.0.3");
    JavaSearch search = search(Map.of("LOUPE_JAVA_HOME", old.toString()), old);

    assertThat(search.find()).isEmpty();
    assertThat(search.explanation())
        .contains(old + ": Java 17.0.15, too old (LOUPE_JAVA_HOME)")
        .contains("Set LOUPE_JAVA_HOME to the folder of such a JDK")
        .doesNotContain("jdk-25");
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, /home/a, /home/b, /home/a",
    "Linux, '', /home/b, /home/b",
    "Linux, a, /home/b, /home/b",
    "Mac OS X, /Users/a, /Users/b, /Users/a",
    "Windows 11, /c/Users/a, /home/b, /home/b"
  })
  void theUsersFolderIsThatOfTheEnvironmentExceptOnWindows(
      String system, String home, String fallback, Path expected) {
    assertThat(JavaSearch.userFolder(system, home, fallback)).isEqualTo(expected);
  }

  @Test
  void anEmptyOverrideIsNone() throws IOException {
    Path best = FakeJava.create(installed.resolve("jdk-25"), "25.0.3");

    assertThat(found(Map.of("LOUPE_JAVA_HOME", " "), old)).isEqualTo(best);
  }

  @Test
  void theExplanationSaysWhatWasFoundAndWhatToDo() throws IOException {
    Path slim = FakeJava.create(installed.resolve("slim"), "25.0.3", "java.base", "exit 0");
    JavaSearch search = search(Map.of("JAVA_HOME", "/no/such/folder"), old);

    assertThat(search.find()).isEmpty();
    assertThat(search.explanation().lines())
        .containsExactly(
            "Java 25 or later with the module jdk.incubator.vector is needed, and none was found."
                + " Looked at:",
            "  " + old + ": Java 17.0.15, too old (runs this program)",
            "  /no/such/folder: no bin/java with a file named release beside bin (JAVA_HOME)",
            "  " + slim + ": Java 25.0.3 without the module jdk.incubator.vector",
            "Install a JDK 25 (https://adoptium.net has one for each system), or set LOUPE_JAVA_HOME",
            "to the folder of one that is not in a usual place: the folder that holds bin and release.");
  }

  @Test
  void aVariableThatIsNoPathIsExplained() {
    JavaSearch search = search(Map.of("JAVA_HOME", "a\0b"), old);

    assertThat(search.find()).isEmpty();
    assertThat(search.explanation()).contains("not a path (JAVA_HOME)");
  }

  private Path found(Map<String, String> environment, Path running) {
    return search(environment, running).find().orElseThrow().path();
  }

  private JavaSearch search(Map<String, String> environment, Path running) {
    return new JavaSearch(environment, running, List.of(installed, folder.resolve("absent")));
  }
}
