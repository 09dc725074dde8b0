package dev.loupe.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * All 2^32 float32 values, a block of 2^16 at a time on all cores. Some two minutes on two cores,
 * hence left out unless the tag is asked for: {@code mvn test -Dtest.excluded=
 * -Dtest=Float32SweepTest}.
 */
@Tag("exhaustive")
class Float32SweepTest {

  private static final int BLOCK = 1 << 16;

  private interface Agreement {
    boolean of(int word);
  }

  private static void assertAllAgree(Agreement agreement) {
    LongAdder differing = new LongAdder();
    LongAdder tried = new LongAdder();
    AtomicInteger example = new AtomicInteger();
    IntStream.range(0, 1 << 16)
        .parallel()
        .forEach(high -> {
          int wrong = 0;
          for (int low = 0; low < BLOCK; low++) {
            int word = high << 16 | low;
            if (!agreement.of(word)) {
              wrong++;
              example.set(word);
            }
          }
          differing.add(wrong);
          tried.add(BLOCK);
        });
    assertThat(tried.sum()).isEqualTo(1L << 32);
    assertThat(differing.sum()).as("for example 0x%08x", example.get()).isZero();
  }

  @Test
  void everyFloatNarrowsToFloat16AsInTheJdkAndByTheFormatsDefinition() {
    assertAllAgree(word -> {
      float x = Float.intBitsToFloat(word);
      short found = Float16.fromFloat(x);
      if (x != x) {
        return found == 0x7FFF && HalfFormat.FLOAT16.isNaN(Float.floatToFloat16(x));
      }
      return found == Float.floatToFloat16(x) && found == SixteenBit.FLOAT16.round(x);
    });
  }

  @Test
  void everyFloatNarrowsToBFloat16ByTheFormatsDefinition() {
    assertAllAgree(word -> {
      float x = Float.intBitsToFloat(word);
      short found = BFloat16.fromFloat(x);
      return x != x ? found == 0x7FFF : found == SixteenBit.BFLOAT16.round(x);
    });
  }

  @Test
  void everyFloatNarrowsTheSameAsADouble() {
    assertAllAgree(word -> {
      float x = Float.intBitsToFloat(word);
      return HalfFormat.FLOAT16.fromDouble(x) == Float16.fromFloat(x)
          && HalfFormat.BFLOAT16.fromDouble(x) == BFloat16.fromFloat(x);
    });
  }
}
