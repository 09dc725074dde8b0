package dev.loupe.tensor.internal;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.Set;

/**
 * Which kernels are faster in this JVM, asked once.
 *
 * <p>The Vector API is fast only in code of the compiler C2. C1 and the interpreter make an object
 * of each vector, which takes longer than the scalar loops do. Spring Boot's {@code run} and some
 * development environments start a JVM with C1 alone, because such a JVM starts earlier.
 */
final class VectorCheck {

  private static final String C2 = "4";

  /** Why scalar kernels are faster here, and what to do; empty if vectors are. */
  static final Optional<String> OBSTACLE = obstacle();

  private VectorCheck() {}

  private static Optional<String> obstacle() {
    if (!KernelsProvider.vectorsAvailable()) {
      return Optional.of(
          "expected the module jdk.incubator.vector, found none;"
              + " start Java with --add-modules jdk.incubator.vector");
    }
    HotSpotDiagnosticMXBean jvm =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    if (jvm == null) {
      return Optional.empty(); // Another JVM, with another compiler.
    }
    if (!flag(jvm, "UseCompiler").orElse("true").equals("true")) {
      return Optional.of(
          "expected the compiler C2, found a JVM that only interprets;"
              + " start Java without -Xint and -XX:TieredStopAtLevel=0");
    }
    return withoutC2(jvm, "TieredStopAtLevel", C2)
        .or(() -> withoutC2(jvm, "CompilationMode", "default", "high-only"));
  }

  private static Optional<String> withoutC2(
      HotSpotDiagnosticMXBean jvm, String flag, String... withC2) {
    return flag(jvm, flag)
        .filter(value -> !Set.of(withC2).contains(value))
        .map(value ->
            "expected the compiler C2, found a JVM without it; start Java without -XX:%s=%s (in Spring Boot's Maven plugin: <optimizedLaunch>false</optimizedLaunch>)"
                .formatted(flag, value));
  }

  /** The value of a flag; empty where this JVM has no such flag. */
  private static Optional<String> flag(HotSpotDiagnosticMXBean jvm, String name) {
    try {
      return Optional.of(jvm.getVMOption(name).getValue());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
