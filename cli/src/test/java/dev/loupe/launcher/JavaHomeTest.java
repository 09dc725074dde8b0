package dev.loupe.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the fake Java is a shell script")
class JavaHomeTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "25,25",
    "25.0.3,25",
    "25-ea,25",
    "26-internal,26",
    "17.0.15,17",
    "1.8.0_442,8",
    "100,100"
  })
  void theFeatureNumberIsReadFromEachSpellingOfAVersion(String version, int feature)
      throws IOException {
    assertThat(JavaHome.read(FakeJava.create(folder, version)).orElseThrow().feature())
        .isEqualTo(feature);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "none", "99999999999"})
  void aVersionWithoutAPlausibleNumberIsNoJava(String version) throws IOException {
    assertThat(JavaHome.read(FakeJava.create(folder, version))).isEmpty();
  }

  @Test
  void theJavaOfThisTestIsUsable() {
    JavaHome home = JavaHome.read(Path.of(System.getProperty("java.home"))).orElseThrow();

    assertThat(home.feature()).isEqualTo(Runtime.version().feature());
    assertThat(home.usable()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "25,false",
    "25-ea,false",
    "25.0.0,false",
    "25.0.2,false",
    "25.0.2.0.101,false",
    "25.0.3,true",
    "25.0.3-beta,true",
    "25.0.10,true",
    "26,true"
  })
  void aJavaWithAKnownFaultIsNotSound(String version, boolean sound) throws IOException {
    assertThat(JavaHome.read(FakeJava.create(folder, version)).orElseThrow().sound())
        .isEqualTo(sound);
  }

  @Test
  void anOldJavaIsTooOld() throws IOException {
    JavaHome home = JavaHome.read(FakeJava.create(folder, "24.0.2")).orElseThrow();

    assertThat(home.usable()).isFalse();
    assertThat(home.objection()).isEqualTo("Java 24.0.2, too old");
  }

  @Test
  void aJavaWithoutTheVectorModuleIsNotUsable() throws IOException {
    Path path = FakeJava.create(folder, "25.0.1", "java.base java.desktop", "exit 0");
    JavaHome home = JavaHome.read(path).orElseThrow();

    assertThat(home.usable()).isFalse();
    assertThat(home.objection()).isEqualTo("Java 25.0.1 without the module jdk.incubator.vector");
  }

  @Test
  void aJavaThatDoesNotListItsModulesIsGivenTheBenefitOfTheDoubt() throws IOException {
    FakeJava.create(folder, "25");
    Files.writeString(folder.resolve("release"), "JAVA_VERSION=\"25\"\n");

    assertThat(JavaHome.read(folder).orElseThrow().usable()).isTrue();
  }

  @Test
  void aFolderWithoutAProgramNamedJavaIsNoJava() throws IOException {
    FakeJava.create(folder, "25");
    Files.delete(folder.resolve("bin/java"));

    assertThat(JavaHome.read(folder)).isEmpty();
  }

  @Test
  void aFolderWithoutAReleaseFileIsNoJava() throws IOException {
    FakeJava.create(folder, "25");
    Files.delete(folder.resolve("release"));

    assertThat(JavaHome.read(folder)).isEmpty();
  }

  @Test
  void aReleaseFileThatIsNotTextIsNoJava() throws IOException {
    FakeJava.create(folder, "25");
    Files.write(folder.resolve("release"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});

    assertThat(JavaHome.read(folder)).isEmpty();
  }
}
