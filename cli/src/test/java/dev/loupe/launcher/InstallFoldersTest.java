package dev.loupe.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InstallFoldersTest {

  private static final Path USER = Path.of("home", "ada");

  @Test
  void linuxHasItsSystemFoldersAndTheVersionManagers() {
    assertThat(InstallFolders.of("Linux", USER, Map.of()))
        .contains(
            Path.of("/usr/lib/jvm"),
            USER.resolve(".sdkman/candidates/java"),
            USER.resolve(".jdks"),
            USER.resolve(".asdf/installs/java"),
            USER.resolve(".local/share/mise/installs/java"),
            USER.resolve(".jbang/cache/jdks"));
  }

  @Test
  void macHasItsBundlesForAllAndForOne() {
    assertThat(InstallFolders.of("Mac OS X", USER, Map.of()))
        .contains(
            Path.of("/Library/Java/JavaVirtualMachines"),
            USER.resolve("Library/Java/JavaVirtualMachines"))
        .doesNotContain(Path.of("/usr/lib/jvm"));
  }

  @Test
  void windowsHasAFolderForEachVendor() {
    Map<String, String> environment = Map.of("ProgramFiles", "P", "LOCALAPPDATA", "L");

    assertThat(InstallFolders.of("Windows 11", USER, environment))
        .contains(Path.of("P", "Eclipse Adoptium"), Path.of("L", "Programs/Microsoft"))
        .doesNotContain(Path.of("/usr/lib/jvm"));
  }

  @Test
  void aVersionManagerMayHaveBeenMoved() {
    Map<String, String> environment = Map.of("SDKMAN_CANDIDATES_DIR", "S", "MISE_DATA_DIR", "M");

    assertThat(InstallFolders.of("Linux", USER, environment))
        .contains(Path.of("S", "java"), Path.of("M", "installs/java"));
  }
}
