package dev.loupe.tensor.internal;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Tells HotSpot to leave the largest kernels to C2.
 *
 * <p>C1 cannot compile a tile of a matrix product with profiling ("out of virtual registers"). What
 * then happens depends on how busy C2 is at that moment: either it takes over at once, or the
 * method stays for ever with what C1 made of it without profiling, in which every vector is an
 * object: attention of the tower ran at 2 to 3 GFLOP/s, not 150. The flag {@code
 * -XX:Tier3DelayOn=100000} avoids it for the whole JVM; a directive does so for {@link
 * PanelProducts} alone, in a JVM that somebody else has started.
 */
final class CompilerDirectives {
  private static final String ONLY_C2 =
      """
      [{match: "dev/loupe/tensor/internal/PanelProducts.*", c1: {Exclude: true}}]
      """;

  private CompilerDirectives() {}

  /** Adds the directive. Where the JVM has no such thing, says which flag to use instead. */
  static void leaveTilesToC2() {
    try {
      Path file = Files.createTempFile("loupe-", ".directives");
      try {
        Files.writeString(file, ONLY_C2);
        command("compilerDirectivesAdd", file.toString());
      } finally {
        Files.delete(file);
      }
    } catch (IOException | JMException | SecurityException e) {
      System.getLogger(CompilerDirectives.class.getName())
          .log(
              Logger.Level.WARNING,
              "the vector kernels may stay slow: start Java with -XX:Tier3DelayOn=100000 ("
                  + e
                  + ")");
    }
  }

  /** What {@code jcmd} does, inside this JVM; returns what it would print. */
  static String command(String name, String... arguments) throws JMException {
    return (String)
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                name,
                new Object[] {arguments},
                new String[] {String[].class.getName()});
  }
}
