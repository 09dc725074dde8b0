package dev.loupe.tensor.internal;

import java.util.Optional;

/** Chooses the kernels. The Vector API is an incubator module that may not have been added. */
public final class KernelsProvider {

  /** Whoever starts the JVM for little work asks for kernels that need no time to compile. */
  private static final boolean SCALAR_WANTED = "scalar".equals(System.getProperty("loupe.kernels"));

  private KernelsProvider() {}

  /** Vector kernels where they are the faster ones in this JVM and nobody wants others. */
  public static Arithmetic best() {
    return SCALAR_WANTED || whyScalar().isPresent() ? scalar() : Vectors.ARITHMETIC;
  }

  /** Why {@link #best} is scalar, and what to do; empty if it is not, or if it was asked for. */
  public static Optional<String> whyScalar() {
    return SCALAR_WANTED ? Optional.empty() : VectorCheck.OBSTACLE;
  }

  /** The specification. */
  public static Arithmetic scalar() {
    return new Arithmetic(
        "scalar", new SequentialProducts(), TensorCoreProducts::new, new ScalarRowKernels());
  }

  /** Whether {@code jdk.incubator.vector} is in the boot layer. */
  public static boolean vectorsAvailable() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  /** Made once in a JVM, because the compiler directives are added once. */
  private static final class Vectors {
    static final Arithmetic ARITHMETIC = make();

    private static Arithmetic make() {
      // On a thread of its own, because loading the JVM's management takes time. It is early
      // enough:
      // no tile is called 200 times, which C1 would wait for, before a model is read.
      Thread.ofPlatform().daemon().name("loupe-compiler-directives").start(CompilerDirectives::add);
      String description = "vector " + VectorWidth.F.vectorBitSize() + " bit";
      return new Arithmetic(
          description, new VectorProducts(), VectorTensorCoreProducts::new, new VectorRowKernels());
    }
  }
}
