package dev.loupe.testkit;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.stream.LongStream;

/**
 * Gives damaged files to a reader and counts what becomes of them. A reader accepts a file or
 * refuses it with an {@link IOException} in words. Everything else fails the test, with the seed
 * and the number that make the file again: another exception, a message with characters that are
 * not seen, five seconds for one file, or memory out of proportion to it.
 *
 * @param accepted files that were read
 * @param refused files that were refused in words
 */
public record Fuzz(long accepted, long refused) {

  /** Far more than any of these readers needs, and little beside what a hang takes. */
  private static final long MOST_NANOS = 5_000_000_000L;

  private static final long MOST_BYTES = 64L << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Reads a file. */
  @FunctionalInterface
  public interface Reader {

    /**
     * Reads it.
     *
     * @throws IOException if it is refused
     */
    void read(byte[] content) throws IOException;
  }

  /** Reads mutations 0 to {@code count - 1} on all processors. */
  public static Fuzz of(Mutations mutations, long count, Reader reader) {
    AtomicLong accepted = new AtomicLong();
    long begin = System.nanoTime();
    LongAccumulator slowest = new LongAccumulator(Long::max, 0);
    LongStream.range(0, count)
        .parallel()
        .forEach(i -> {
          long start = System.nanoTime();
          if (accepts(mutations, i, reader)) {
            accepted.incrementAndGet();
          }
          slowest.accumulate(System.nanoTime() - start);
        });
    System.out.printf(
        "%s: %d files in %d s, %d accepted, slowest %d ms%n",
        mutations,
        count,
        (System.nanoTime() - begin) / 1_000_000_000,
        accepted.get(),
        slowest.get() / 1_000_000);
    return new Fuzz(accepted.get(), count - accepted.get());
  }

  private static boolean accepts(Mutations mutations, long number, Reader reader) {
    byte[] content = mutations.get(number);
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    boolean accepted = false;
    try {
      reader.read(content);
      accepted = true;
    } catch (IOException e) {
      if (!isPrintable(String.valueOf(e.getMessage()))) {
        throw failure("a message that is printable, found " + e, mutations, number, content, e);
      }
    } catch (Throwable e) {
      throw failure("an IOException or none, found " + e, mutations, number, content, e);
    }
    bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;
    if (bytes > MOST_BYTES) {
      throw failure("memory in proportion, found " + bytes, mutations, number, content, null);
    }
    if (System.nanoTime() - start > MOST_NANOS) {
      throw failure("an end within five seconds", mutations, number, content, null);
    }
    return accepted;
  }

  private static boolean isPrintable(String message) {
    return message
        .codePoints()
        .noneMatch(c -> Character.isISOControl(c) || c == 0x202e || c == 0x2028);
  }

  private static AssertionError failure(
      String expected, Mutations mutations, long number, byte[] content, Throwable cause) {
    String shown = Base64.getEncoder().encodeToString(content);
    return new AssertionError(
        "%s, number %d: expected %s; the file in base64: %.4000s"
            .formatted(mutations, number, expected, shown),
        cause);
  }
}
