package dev.loupe.tensor.internal;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Adds the directives by which HotSpot compiles the kernels.
 *
 * <p><b>The tiles are left to C2.</b> C1 cannot compile a tile of a matrix product with profiling
 * ("out of virtual registers"). What then happens depends on how busy C2 is at that moment: either
 * it takes over at once, or the method keeps what C1 made of it without profiling, in which every
 * vector is an object and everything takes fifty times as long. The flag {@code
 * -XX:Tier3DelayOn=100000} avoids it for the whole JVM; a directive does so for {@link
 * PanelProducts} and {@link QuantisedProducts} alone, in a JVM that was started without the flag.
 *
 * <p><b>Small helpers are always inlined.</b> A helper that takes or returns a vector boxes it
 * unless it is inlined, and C2 does not inline what it has compiled by itself before ("already
 * compiled into a medium method"). And it inlines nothing more after 18,000 nodes, so the
 * exponentials of a row are compiled apart from what else a softmax does: with it they sometimes
 * come past that, and box. The phases of a matrix unit are compiled apart for the same reason.
 */
final class CompilerDirectives {
  static final String KERNELS =
      """
      [{match: "dev/loupe/tensor/internal/PanelProducts.*", c1: {Exclude: true}},
       {match: "dev/loupe/tensor/internal/QuantisedProducts.*", c1: {Exclude: true}},
       {match: "dev/loupe/tensor/internal/Vector*.*", c2: {inline: [
         "+dev/loupe/tensor/internal/VectorRowKernels.load",
         "+dev/loupe/tensor/internal/VectorRowKernels.store",
         "+dev/loupe/tensor/internal/VectorFunctions.*",
         "+dev/loupe/tensor/internal/VectorTensorCore.fourTerms",
         "+dev/loupe/tensor/internal/VectorTensorCore.fourExponents",
         "+dev/loupe/tensor/internal/VectorTensorCore.whole",
         "+dev/loupe/tensor/internal/VectorTensorCore.toOdd",
         "+dev/loupe/tensor/internal/VectorTensorCore.float16",
         "-dev/loupe/tensor/internal/VectorTensorCore.four",
         "-dev/loupe/tensor/internal/VectorTensorCore.fourMore",
         "-dev/loupe/tensor/internal/VectorTensorCore.add",
         "-dev/loupe/tensor/internal/VectorTensorCore.scales",
         "-dev/loupe/tensor/internal/VectorTensorCore.largest",
         "-dev/loupe/tensor/internal/VectorTensorCore.exponents",
         "-dev/loupe/tensor/internal/VectorTensorCore.widen",
         "-dev/loupe/tensor/internal/VectorRowKernels.max",
         "-dev/loupe/tensor/internal/VectorRowKernels.exponentialsOfLanes"]}}]
      """;

  private CompilerDirectives() {}

  /** Adds the directives. Where the JVM has no such thing, says which flag to use instead. */
  static void add() {
    try {
      Path file = Files.createTempFile("loupe-", ".directives");
      try {
        Files.writeString(file, KERNELS);
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
