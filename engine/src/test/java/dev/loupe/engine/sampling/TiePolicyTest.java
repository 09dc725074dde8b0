package dev.loupe.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TiePolicyTest {
  private static final int VOCABULARY = 151936;

  static Stream<Map<String, Object>> goldens() {
    return SamplingCases.lines("sort.jsonl").stream();
  }

  /** Among them sequences against which quicksort gives up and sorts by heap (McIlroy 1999). */
  @ParameterizedTest
  @MethodSource("goldens")
  void torchCpuIsTheOrderOfTorchSort(Map<String, Object> line) {
    assertThat(TiePolicy.TORCH_CPU.ascending(SamplingCases.floats(line.get("scores"))))
        .isEqualTo(SamplingCases.ints(line.get("order")));
  }

  /** The two cases of half-precision.md 3.9, seen again with PyTorch 2.13+cpu. */
  @Test
  void amongTiedMaximaOfAVocabularyPytorchKeepsNeitherTheFirstNorTheLast() {
    assertThat(lastOf(TiePolicy.TORCH_CPU, 5, 77, 900)).isEqualTo(77);
    assertThat(lastOf(TiePolicy.TORCH_CPU, 3, 151000)).isEqualTo(3);
    assertThat(lastOf(TiePolicy.LOWEST, 5, 77, 900)).isEqualTo(5);
    assertThat(lastOf(TiePolicy.HIGHEST, 5, 77, 900)).isEqualTo(900);
  }

  private static int lastOf(TiePolicy ties, int... maxima) {
    var scores = new float[VOCABULARY];
    for (int i : maxima) {
      scores[i] = 20;
    }
    return ties.ascending(scores)[VOCABULARY - 1];
  }

  @ParameterizedTest
  @EnumSource(TiePolicy.class)
  void everyPolicySortsZerosAsEqualAndNaNLast(TiePolicy ties) {
    float[] scores = {
      Float.NaN, 0f, -0f, -1.5f, 0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -2.5f
    };
    int[] order = ties.ascending(scores);
    assertThat(order).startsWith(6, 7, 3).endsWith(5, 0);
    int[] zeros = Arrays.copyOfRange(order, 3, 6);
    assertThat(zeros)
        .isEqualTo(ties == TiePolicy.LOWEST ? new int[] {4, 2, 1} : new int[] {1, 2, 4});
  }
}
