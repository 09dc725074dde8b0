package dev.loupe.vision.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.loupe.testkit.pictures.OddPictures;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Pictures with changed bytes. Each ends in a picture or in an {@link ImageFormatException}, soon,
 * and without much memory.
 *
 * <p>A number gives the same file again, whatever ran before it: {@code mutant(format, number)}.
 */
class MutatedPicturesTest {
  private static final long SEED = 20_261_128;
  private static final int MILLION = 1_000_000;
  private static final long PIXELS = 1 << 18;
  private static final long MEGA = 1 << 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final Duration SLOWEST = Duration.ofSeconds(5);
  private static final Duration SHARE = Duration.ofMillis(3300);

  private static final ThreadMXBean THREAD = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final Map<String, byte[]> ODD = OddPictures.all();

  @ParameterizedTest
  @CsvSource({"jpg", "png", "gif", "bmp", "tiff", "webp"})
  void someSecondsOfMutantsOfEachFormatAreReadOrRefused(String format) {
    // Nothing here is computed with vectors.
    assumeTrue(
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
        "runs once, with the Vector module");
    long end = System.nanoTime() + SHARE.toNanos();
    decodeMutants(format, MILLION, end);
  }

  @Tag("exhaustive")
  @Timeout(value = 6, unit = TimeUnit.HOURS)
  @ParameterizedTest
  @CsvSource({"jpg", "png", "gif", "bmp", "tiff", "webp"})
  void aMillionMutantsOfEachFormatAreReadOrRefused(String format) {
    assumeTrue(
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
        "runs once, with the Vector module");
    decodeMutants(format, MILLION, Long.MAX_VALUE);
  }

  private static void decodeMutants(String format, int most, long end) {
    List<byte[]> originals = originals(format);
    ImageDecoder decoder = new ImageDecoder(PIXELS).timeout(TIMEOUT);
    int read = 0;
    int number = 0;
    for (; number < most && (end == Long.MAX_VALUE || System.nanoTime() < end); number++) {
      byte[] file = mutant(originals, number);
      long cpu = THREAD.getCurrentThreadCpuTime();
      long memory = THREAD.getCurrentThreadAllocatedBytes();
      try {
        if (format.equals("gif") && number % 4 == 3) {
          decoder.decodeClip(file, "mutant");
        } else {
          decoder.decode(file, "mutant");
        }
        read++;
      } catch (ImageFormatException e) {
        assertThat(e.getMessage()).startsWith("mutant").contains("expected ", "found ");
      } catch (Exception | Error e) {
        fail(name(format, number, file), e);
      }
      cpu = THREAD.getCurrentThreadCpuTime() - cpu;
      memory = THREAD.getCurrentThreadAllocatedBytes() - memory;
      assertThat(cpu).as(name(format, number, file)).isLessThan(SLOWEST.toNanos());
      // See HostilePicturesTest; a clip has many frames.
      assertThat(memory)
          .as(name(format, number, file))
          .isLessThan(64 * MEGA + 200L * file.length + 64 * PIXELS);
    }
    System.out.printf("%s: %,d mutants with seed %d, %,d read%n", format, number, SEED, read);
    assertThat(read).isPositive();
  }

  private static String name(String format, int number, byte[] file) {
    String bytes = file.length > 3000 ? "" : ": " + HexFormat.of().formatHex(file);
    return "mutant %d of %s with seed %d%s".formatted(number, format, SEED, bytes);
  }

  private static List<byte[]> originals(String format) {
    Stream<String> edge =
        Pictures.json("edge/edge.json").keySet().stream()
            .filter(name -> name.endsWith("." + format))
            .sorted();
    List<byte[]> files = new ArrayList<>(edge.map(name -> Pictures.file("edge/" + name)).toList());
    ODD.entrySet().stream()
        .filter(entry -> entry.getKey().endsWith("." + format))
        .map(Map.Entry::getValue)
        .filter(file -> file.length < 20_000)
        .forEach(files::add);
    return files;
  }

  private static byte[] mutant(List<byte[]> originals, int number) {
    Random random = new Random(SEED + 7919L * number);
    byte[] file = originals.get(random.nextInt(originals.size())).clone();
    for (int change = 1 + random.nextInt(4); change > 0; change--) {
      int at = place(file, random);
      switch (random.nextInt(8)) {
        case 0, 1 -> file[at] = (byte) random.nextInt();
        case 2 -> file[at] ^= (byte) (1 << random.nextInt(8));
        case 3 -> file[at] = (byte) (random.nextBoolean() ? 0xff : 0);
        case 4 ->
            Arrays.fill(file, at, Math.min(file.length, at + 4), (byte) random.nextInt(-1, 1));
        case 5 -> {
          byte[] other = originals.get(random.nextInt(originals.size()));
          int from = random.nextInt(other.length);
          int length =
              Math.min(random.nextInt(64), Math.min(other.length - from, file.length - at));
          System.arraycopy(other, from, file, at, length);
        }
        case 6 -> {
          // A part once more.
          int length = random.nextInt(Math.min(300, file.length - at + 1));
          byte[] longer = Arrays.copyOf(file, file.length + length);
          System.arraycopy(file, at, longer, at + length, file.length - at);
          file = longer;
        }
        default -> file = random.nextInt(4) == 0 ? Arrays.copyOf(file, Math.max(4, at)) : file;
      }
    }
    return file;
  }

  /** Half of the changes are among the first bytes, where the headers are. */
  private static int place(byte[] file, Random random) {
    return random.nextInt(random.nextBoolean() ? Math.min(file.length, 200) : file.length);
  }
}
