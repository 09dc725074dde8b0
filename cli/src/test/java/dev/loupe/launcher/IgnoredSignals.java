package dev.loupe.launcher;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A signal that was ignored when the tests were started, as under nohup, is so for all they start.
 */
public final class IgnoredSignals {
  private IgnoredSignals() {}

  /** Skips the test where this signal cannot be heard. */
  public static void assumeNotIgnored(int number) throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.isReadable(status)) {
      String line =
          Files.readAllLines(status).stream()
              .filter(text -> text.startsWith("SigIgn:"))
              .findFirst()
              .orElseThrow();
      long mask = Long.parseUnsignedLong(line.substring("SigIgn:".length()).trim(), 16);
      assumeFalse((mask >> (number - 1) & 1) == 1, "signal " + number + " is ignored here");
    }
  }
}
