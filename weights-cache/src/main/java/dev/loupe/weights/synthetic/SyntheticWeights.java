package dev.loupe.weights.synthetic;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.FileContent;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.StoredTensor;
import dev.loupe.weights.file.MadeTensor;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * Weights by rule instead of from a file, in bfloat16, so that a model of any size can be run,
 * measured and compared with another implementation of the rule without a download.
 *
 * <p>Element {@code i} of a tensor is a function of its name and of {@code i} alone: step {@code i
 * + 1} of splitmix64 (Steele, Lea, Flood 2014) from the 64-bit FNV-1a hash of the name; its upper
 * 24 bits as {@code u}, {@code v = 2u / 2^24 - 1}; then {@code 1 + 0.1v} for the weight of a norm,
 * {@code 0.1v} for a bias, {@code 0.05v} for embedding and head, {@code v sqrt(3 / fan-in)} for the
 * other weights, which gives them the variance 1 / fan-in.
 *
 * <p>A tensor is made when it is first asked for and kept until {@link #release} or {@link #close}.
 * May be used by several threads.
 */
public final class SyntheticWeights implements ModelWeights {
  /**
   * Raised whenever the rule changes a bit, so that packed weights of an older rule are not read.
   */
  private static final int RULE = 1;

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  /**
   * Elements that one thread makes at a time. Three loops over a block that fits the first-level
   * cache are faster than one loop over everything, which C2 does not vectorise.
   */
  private static final int BLOCK = 1 << 11;

  /** Tensors below this many elements (about 3 ms) are not worth starting threads for. */
  private static final long PARALLEL = 1 << 20;

  private volatile boolean closed;
  private final Map<String, Ruled> tensors = new LinkedHashMap<>();
  private final int threads;

  /**
   * Weights for these tensors.
   *
   * @param shapes names and shapes, each of rank 1 or more
   * @param threads how many threads share the work of a large tensor, at least 1
   * @throws IllegalArgumentException if there is less than one thread
   */
  public SyntheticWeights(SequencedMap<String, Shape> shapes, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
    }
    this.threads = threads;
    shapes.forEach((name, shape) -> tensors.put(name, ruled(name, shape)));
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public long byteSize() {
    return tensors.values().stream().mapToLong(t -> t.shape.elements() * DType.BF16.bytes()).sum();
  }

  /**
   * The tensor of this name.
   *
   * @throws IllegalStateException if the weights were closed
   * @throws OutOfMemoryError if there is no memory for it
   */
  @Override
  public Tensor tensor(String name) throws IOException {
    Ruled ruled = required(name);
    if (closed) {
      throw new IllegalStateException("synthetic weights: expected open, found closed");
    }
    return ruled.tensor.get();
  }

  @Override
  public StoredTensor stored(String name) throws IOException {
    return new StoredTensor(StoredType.BF16, required(name).shape, origin(name));
  }

  private Ruled required(String name) throws IOException {
    Ruled ruled = tensors.get(name);
    if (ruled == null) {
      throw new IOException(
          "%s: expected in the synthetic weights, found only %d other tensors"
              .formatted(name, tensors.size()));
    }
    return ruled;
  }

  @Override
  public String origin(String name) {
    return "synthetic weights";
  }

  /** Frees the tensor; the next call that asks for it makes it again. */
  @Override
  public void release(String name) {
    Ruled ruled = tensors.get(name);
    if (ruled != null) {
      ruled.tensor.release();
    }
  }

  /** By the version of the rule, and names and shapes. */
  @Override
  public Optional<String> identity(FileContent content) {
    StringBuilder text = new StringBuilder("synthetic weights, rule " + RULE);
    tensors.forEach((name, ruled) -> text.append('\n').append(name).append(ruled.shape));
    return Optional.of(text.toString());
  }

  @Override
  public Optional<DType> dtype() {
    return Optional.of(DType.BF16);
  }

  @Override
  public void close() {
    closed = true;
    tensors.values().forEach(ruled -> ruled.tensor.release());
  }

  /** One tensor, which is made when it is asked for. */
  private record Ruled(Shape shape, MadeTensor tensor) {}

  private Ruled ruled(String name, Shape shape) {
    return new Ruled(shape, new MadeTensor(arena -> make(name, shape, arena)));
  }

  private Tensor make(String name, Shape shape, Arena arena) {
    Tensor tensor = Tensor.allocate(arena, DType.BF16, shape.toArray());
    new Rule(name, shape).fill(tensor.segment(), threads);
    return tensor;
  }

  /** The rule of one tensor: element = offset + scale * v. */
  private record Rule(long seed, double offset, double scale) {

    Rule(String name, Shape shape) {
      this(fnv1a(name), isNormWeight(name) ? 1 : 0, scale(name, shape));
    }

    private static long fnv1a(String name) {
      long hash = FNV_OFFSET;
      for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
        hash = (hash ^ Byte.toUnsignedLong(b)) * FNV_PRIME;
      }
      return hash;
    }

    private static boolean isNorm(String name) {
      String[] parts = name.split("\\.");
      return (parts.length > 1 && parts[parts.length - 2].contains("norm"))
          || name.contains(".ln_q.");
    }

    private static boolean isNormWeight(String name) {
      return isNorm(name) && name.endsWith("weight");
    }

    private static double scale(String name, Shape shape) {
      if (isNorm(name) || name.endsWith("bias")) {
        return 0.1;
      }
      if (name.contains("embed_tokens") || name.startsWith("lm_head")) {
        return 0.05;
      }
      return Math.sqrt(3.0 / (shape.elements() / shape.dim(0)));
    }

    void fill(MemorySegment to, int threads) {
      long elements = to.byteSize() / Short.BYTES;
      if (threads == 1 || elements < PARALLEL) {
        fill(to, 0, elements);
        return;
      }
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread[] started =
          IntStream.range(0, threads)
              .mapToObj(i ->
                  Thread.ofPlatform()
                      .name("loupe-synthetic-", i)
                      .daemon()
                      .uncaughtExceptionHandler((t, e) -> failure.set(e))
                      .start(() ->
                          fill(
                              to,
                              elements / threads * i,
                              i + 1 == threads ? elements : elements / threads * (i + 1))))
              .toArray(Thread[]::new);
      joinAll(started);
      if (failure.get() != null) {
        throw new IllegalStateException("synthetic weights: could not be made", failure.get());
      }
    }

    /** Waits to the end even if interrupted: half a tensor is worse than a late one. */
    private static void joinAll(Thread[] threads) {
      boolean interrupted = false;
      for (Thread thread : threads) {
        while (thread.isAlive()) {
          try {
            thread.join();
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    private void fill(MemorySegment to, long begin, long end) {
      long[] random = new long[BLOCK];
      float[] values = new float[BLOCK];
      short[] words = new short[BLOCK];
      for (long i = begin; i < end; i += BLOCK) {
        int n = (int) Math.min(BLOCK, end - i);
        splitMix64(random, n, seed + (i + 1) * GOLDEN_GAMMA);
        for (int j = 0; j < n; j++) {
          double v = (random[j] >>> 40) * 0x1p-23 - 1.0;
          values[j] = (float) (offset + scale * v);
        }
        for (int j = 0; j < n; j++) {
          words[j] = bfloat16(values[j]);
        }
        MemorySegment.copy(words, 0, to, Tensor.HALF, i * Short.BYTES, n);
      }
    }

    private static void splitMix64(long[] random, int n, long state) {
      for (int j = 0; j < n; j++) {
        long z = state + j * GOLDEN_GAMMA;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        random[j] = z ^ (z >>> 31);
      }
    }

    /** Round to nearest even; the values are finite. */
    private static short bfloat16(float value) {
      int bits = Float.floatToRawIntBits(value);
      return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
  }
}
