package dev.loupe.launcher;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The folders that installers and version managers put Java homes in. */
final class InstallFolders {

  /** Below a person's own folder, on every system. */
  private static final List<String> MANAGERS =
      List.of(
          ".sdkman/candidates/java",
          ".jdks",
          ".gradle/jdks",
          ".jbang/cache/jdks",
          ".jbang",
          ".asdf/installs/java",
          ".local/share/mise/installs/java",
          ".local/share/rtx/installs/java",
          ".jabba/jdk",
          ".m2/jdks");

  private static final List<String> LINUX =
      List.of(
          "/usr/lib/jvm",
          "/usr/lib64/jvm",
          "/usr/java",
          "/usr/local",
          "/usr/local/lib/jvm",
          "/usr/local/java",
          "/opt",
          "/opt/java",
          "/opt/jdk",
          "/opt/jdks",
          "/opt/hostedtoolcache/Java_Temurin-Hotspot_jdk",
          "/snap/openjdk",
          "/home/linuxbrew/.linuxbrew/opt");

  private static final List<String> MAC =
      List.of("/Library/Java/JavaVirtualMachines", "/opt/homebrew/opt", "/usr/local/opt", "/opt");

  private static final List<String> WINDOWS =
      List.of(
          "Java",
          "Eclipse Adoptium",
          "Eclipse Foundation",
          "Microsoft",
          "Amazon Corretto",
          "Zulu",
          "BellSoft",
          "SapMachine",
          "Semeru",
          "OpenJDK");

  private InstallFolders() {}

  /**
   * @param system the system property {@code os.name}
   * @param user a person's own folder
   * @param environment the environment variables; Windows and SDKMAN name folders there
   */
  static List<Path> of(String system, Path user, Map<String, String> environment) {
    List<Path> folders = new ArrayList<>();
    MANAGERS.forEach(name -> folders.add(user.resolve(name)));
    add(folders, environment.get("SDKMAN_CANDIDATES_DIR"), "java");
    add(folders, environment.get("ASDF_DATA_DIR"), "installs/java");
    add(folders, environment.get("MISE_DATA_DIR"), "installs/java");
    if (system.startsWith("Windows")) {
      for (String vendor : WINDOWS) {
        add(folders, environment.get("ProgramFiles"), vendor);
        add(folders, environment.get("LOCALAPPDATA"), "Programs/" + vendor);
      }
      // Scoop keeps one folder per version below each package's own.
      for (String name :
          List.of("temurin25-jdk", "openjdk25", "openjdk", "zulu25-jdk", "corretto25-jdk")) {
        folders.add(user.resolve("scoop/apps").resolve(name));
      }
    } else if (system.startsWith("Mac")) {
      MAC.forEach(name -> folders.add(Path.of(name)));
      folders.add(user.resolve("Library/Java/JavaVirtualMachines"));
    } else {
      LINUX.forEach(name -> folders.add(Path.of(name)));
    }
    return folders;
  }

  private static void add(List<Path> folders, String parent, String name) {
    if (parent != null && !parent.isBlank()) {
      folders.add(Path.of(parent, name));
    }
  }
}
