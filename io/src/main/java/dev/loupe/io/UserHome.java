package dev.loupe.io;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The user's home folder, below which programs keep their caches. {@code HOME} comes first, as the
 * XDG rules and huggingface_hub have it: in containers and CI it often differs from the password
 * file, which is all that Java looks at. Windows has no such variable of its own; where some
 * program sets it, it need not be a path of Windows.
 */
public final class UserHome {

  private UserHome() {}

  /**
   * The home folder of this process.
   *
   * @param environment the variables of the process
   */
  public static Path of(Map<String, String> environment) {
    return of(environment, System.getProperty("os.name"), System.getProperty("user.home"));
  }

  /** The same on a system of this name, where Java says {@code fallback}. */
  static Path of(Map<String, String> environment, String system, String fallback) {
    String home = system.startsWith("Windows") ? "" : environment.getOrDefault("HOME", "");
    return isAbsolute(home) ? Path.of(home) : Path.of(fallback);
  }

  private static boolean isAbsolute(String path) {
    try {
      return Path.of(path).isAbsolute();
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
