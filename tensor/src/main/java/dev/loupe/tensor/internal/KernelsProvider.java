package dev.loupe.tensor.internal;

/** Chooses the kernels. The Vector API is an incubator module that may not have been added. */
public final class KernelsProvider {
  private KernelsProvider() {}

  /** Vector kernels if their module was resolved at start-up, else scalar ones. */
  public static Kernels best() {
    return vectorsAvailable() ? Vectors.KERNELS : new ScalarKernels();
  }

  /** The specification. */
  public static Kernels scalar() {
    return new ScalarKernels();
  }

  /** Whether {@code jdk.incubator.vector} is in the boot layer. */
  public static boolean vectorsAvailable() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  /** Made once a JVM, because the compiler is told once. */
  private static final class Vectors {
    static final Kernels KERNELS = make();

    private static Kernels make() {
      // A tenth of a second, most of it to load the JVM's management; no tile is called 200 times,
      // which C1 would wait for, before a model is read.
      Thread.ofPlatform().daemon().name("loupe-compiler-directives").start(CompilerDirectives::add);
      return new VectorKernels();
    }
  }
}
