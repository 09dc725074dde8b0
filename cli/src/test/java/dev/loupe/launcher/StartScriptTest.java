package dev.loupe.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code bin/loupe}, with shell scripts that play Java. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the script is for a POSIX shell")
@Timeout(value = Launches.PATIENCE_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StartScriptTest {

  private static final Path SCRIPT = Path.of("../bin/loupe");

  private static final String ECHO = "echo \"$0\" \"$@\"";

  @TempDir Path folder;
  private Path script;
  private Path jar;
  private Path home;
  private String path;

  @BeforeEach
  void install() throws IOException {
    folder = folder.toRealPath();
    script = Files.copy(SCRIPT, folder.resolve("loupe"));
    jar = Files.createFile(folder.resolve("loupe.jar"));
    home = FakeJava.create(folder.resolve("java 25"), "25.0.3", FakeJava.MODULES, ECHO);
    Path old = FakeJava.create(folder.resolve("old"), "21.0.2", FakeJava.MODULES, ECHO);
    path = old.resolve("bin") + ":" + System.getenv("PATH");
  }

  private String run(String javaHome, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("/bin/sh", script.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.matches(".*JAVA.*"));
    environment.put("LOUPE_JAVA_HOME", javaHome);
    environment.put("XDG_CACHE_HOME", folder.resolve("caches").toString());
    environment.put("PATH", path);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out;
  }

  /** Where the launcher has the JVM keep the classes. */
  private Path archive() throws IOException {
    List<String> options =
        ClassArchive.options(
            JavaHome.read(home).orElseThrow(),
            jar.toString(),
            Map.of("XDG_CACHE_HOME", folder.resolve("caches").toString()),
            "caption");
    return Path.of(options.getLast().replaceFirst(".*=", ""));
  }

  @Test
  void theFirstStartIsThatOfTheJarOnTheJavaThatFits() throws Exception {
    assertThat(run(home.toString(), "caption", "two words"))
        .isEqualTo("%s/bin/java -jar %s caption two words%n".formatted(home, jar));
  }

  @Test
  void withTheClassesThatTheLauncherKeptTheJavaThatItFindsIsTheOnlyOne() throws Exception {
    Path archive = Files.createFile(archive());
    // Some shells compare whole seconds.
    FileTime earlier = FileTime.from(Instant.now().minusSeconds(10));
    Files.setLastModifiedTime(jar, earlier);
    Files.setLastModifiedTime(home.resolve("release"), earlier);

    assertThat(run(home.toString(), "caption", "two words"))
        .startsWith("%s/bin/java -cp %s -Dloupe.kernels=scalar ".formatted(home, jar))
        .contains(" -XX:SharedArchiveFile=" + archive)
        .endsWith(Main.class.getName() + " caption two words\n");
  }

  @Test
  void classesThatAreOlderThanTheJarAreNotUsed() throws Exception {
    Files.setLastModifiedTime(
        Files.createFile(archive()), FileTime.from(Instant.now().minusSeconds(10)));

    assertThat(run(home.toString(), "caption")).contains(" -jar ");
  }

  @Test
  void whereNoJavaFitsTheLauncherSaysWhatToDo() throws Exception {
    assertThat(run(folder.resolve("old").toString(), "caption"))
        .isEqualTo("%s/old/bin/java -jar %s caption%n".formatted(folder, jar));
  }

  @Test
  void withoutAnyJavaTheScriptSaysWhatIsNeeded() throws Exception {
    Path tools = Files.createDirectory(folder.resolve("tools"));
    for (String tool : List.of("dirname", "readlink")) {
      for (String place : System.getenv("PATH").split(":")) {
        if (Files.isExecutable(Path.of(place, tool)) && !Files.exists(tools.resolve(tool))) {
          Files.createSymbolicLink(tools.resolve(tool), Path.of(place, tool));
        }
      }
    }
    path = tools.toString();

    assertThat(run(folder.resolve("none").toString(), "caption"))
        .isEqualTo(
            "loupe: a JDK 25 is needed, and no java was found; install one, or set LOUPE_JAVA_HOME"
                + " to it\n");
  }

  @Test
  void aScriptWithoutAJarSaysWhereItLooked() throws Exception {
    Files.delete(jar);

    assertThat(run(home.toString()))
        .startsWith("loupe: " + folder + ": expected loupe.jar there or in ../cli/target")
        .contains("./mvnw package");
  }
}
