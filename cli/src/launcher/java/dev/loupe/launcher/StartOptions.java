package dev.loupe.launcher;

import java.util.List;

/** With which options a JVM does its work soonest. */
final class StartOptions {

  /**
   * For models of any size. The tiles of matrix products are interpreted until C2 has compiled
   * them, a thousand times slower, and C2 waits for 5,000 calls: a hundredth of that is enough.
   * Without profiled loop predicates it need not throw a first version away. The first answer comes
   * earlier; speed afterwards is the same.
   */
  static final List<String> LARGE =
      List.of(
          "--add-modules=" + JavaHome.VECTOR_MODULE,
          "--enable-native-access=ALL-UNNAMED",
          "-XX:CompileCommand=quiet",
          "-XX:CompileCommand=CompileThresholdScaling,dev/loupe/tensor/internal/PanelProducts.*,0.01",
          "-XX:-UseProfiledLoopPredicate");

  /**
   * For {@link LittleWork}: scalar kernels, which C1 compiles in no time. C2 would take more time
   * than it saves. The JVM archives its modules only where no option of modules is given; native
   * code, for which one is, only serves the terminal of a conversation.
   */
  static final List<String> LITTLE = List.of("-Dloupe.kernels=scalar", "-XX:TieredStopAtLevel=1");

  private StartOptions() {}
}
