package dev.loupe.launcher;

import java.util.ArrayList;
import java.util.List;

/** With which options a JVM does its work soonest. */
final class StartOptions {

  private static final List<String> TILES = List.of("PanelProducts", "QuantisedProducts");

  /** From so many processors on, HotSpot has two threads for C2 by itself. */
  private static final int TWO_COMPILERS = 4;

  /**
   * Rounds after which C2 enters a running loop. C1's code has them in a tenth of a second. For a
   * tile a hundredth of them counts; it is compiled for its third call and has fewer until then.
   */
  private static final int LONG_LOOP = 10_000_000;

  private StartOptions() {}

  /**
   * For models of any size. The tiles of matrix products are interpreted until C2 has compiled
   * them, a thousand times slower, and C2 waits for 5,000 calls: a hundredth of that is enough.
   * Then whoever calls such a tile waits for C2 rather than taking its processor with interpreting,
   * and two tiles are compiled at once. Without profiled loop predicates C2 need not throw a first
   * version away. The first answer comes earlier; speed afterwards is the same.
   *
   * <p>C2 compiles a method for a loop that is running only if the loop is long indeed. With
   * vectors in variables that takes up to five times as long as the method from its beginning,
   * which C2 has to compile for the next call anyway. In return 100 calls with loops are enough,
   * not 600.
   *
   * @param processors how many the machine has
   */
  static List<String> large(int processors) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--add-modules=" + JavaHome.VECTOR_MODULE,
                "--enable-native-access=ALL-UNNAMED",
                "-XX:CompileCommand=quiet",
                "-XX:-UseProfiledLoopPredicate",
                "-XX:Tier4BackEdgeThreshold=" + LONG_LOOP,
                "-XX:Tier4MinInvocationThreshold=100"));
    for (String tiles : TILES) {
      String methods = "dev/loupe/tensor/internal/" + tiles + ".*";
      options.add("-XX:CompileCommand=CompileThresholdScaling," + methods + ",0.01");
      options.add("-XX:CompileCommand=BackgroundCompilation," + methods + ",false");
    }
    if (processors < TWO_COMPILERS) {
      options.add("-XX:CICompilerCount=3"); // One of them is C1's.
    }
    return options;
  }

  /**
   * For {@link LittleWork}: scalar kernels, which C1 compiles in no time. C2 would take more time
   * than it saves. The JVM archives its modules only where no option of modules is given; native
   * code, for which one is, only serves the terminal of a conversation.
   */
  static final List<String> LITTLE = List.of("-Dloupe.kernels=scalar", "-XX:TieredStopAtLevel=1");
}
