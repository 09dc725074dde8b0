package dev.loupe.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much memory this process holds, as Linux counts it; mapped files count where touched. */
final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

  private ResidentMemory() {}

  /** The largest amount so far; -1 if the system does not report it. */
  static long peakBytes() {
    try {
      Matcher m = PEAK.matcher(Files.readString(STATUS));
      return m.find() ? Long.parseLong(m.group(1)) * 1024 : -1;
    } catch (IOException e) {
      return -1;
    }
  }
}
