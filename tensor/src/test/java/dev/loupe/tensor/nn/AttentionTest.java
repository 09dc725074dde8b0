package dev.loupe.tensor.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScoreRemedy;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionTest {
  private static final ModuleId SELF_ATTN =
      ModuleId.of(Part.DECODER, "model.layers").layer(0).child("self_attn");

  private static final int HEADS = 6;
  private static final int KEY_HEADS = 2;
  private static final int HEAD_DIM = 20;

  /** Shorter than a panel, a few panels, and longer than the first room for an answer. */
  private static final int[] LENGTHS = {1, 15, 40, 300, 16};

  private static Stream<NumericsProfile> profiles() {
    NumericsProfile float16 = NumericsProfile.FLOAT16_EAGER;
    return Stream.of(
        NumericsProfile.FLOAT32,
        NumericsProfile.of(DType.F32, AttentionKind.EAGER),
        NumericsProfile.of(DType.BF16, AttentionKind.SDPA),
        float16,
        float16.with(ScoreRemedy.SCALE_FIRST),
        float16.with(ScoreRemedy.CLAMP));
  }

  private final Random random = new Random(4);

  /** Some scores of large factors overflow float16, in some of the sequences. */
  private Tensor matrix(Arena arena, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.round(random.nextGaussian() * 70);
    }
    return Tensor.ofFloats(arena, values, rows, columns);
  }

  private List<KeyValues> caches(Arena arena) {
    List<KeyValues> caches = new ArrayList<>();
    for (int length : LENGTHS) {
      KeyValues kv = KeyValues.growing(KEY_HEADS, HEAD_DIM);
      kv.append(
          matrix(arena, length, KEY_HEADS * HEAD_DIM), matrix(arena, length, KEY_HEADS * HEAD_DIM));
      caches.add(kv);
    }
    return caches;
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void eachSequenceOfABatchHasTheBitsThatItHasAlone(NumericsProfile profile) {
    Attention attention = new Attention(SELF_ATTN, HEADS, HEAD_DIM);
    for (int threads : new int[] {1, 2, 5}) {
      try (Arena arena = Arena.ofShared();
          Backend backend = Backend.open(threads);
          Workspace w = new Workspace(backend, profile, NumericsTrace.NONE)) {
        Tensor q = matrix(arena, LENGTHS.length, HEADS * HEAD_DIM);
        List<KeyValues> caches = caches(arena);
        Tensor together = attention.causal(q, caches, w);
        for (int i = 0; i < LENGTHS.length; i++) {
          Tensor alone = attention.causal(q.rows(i, i + 1L), caches.get(i), w);
          assertThat(together.rows(i, i + 1L).toFloats()).containsExactly(alone.toFloats());
        }
        caches.forEach(KeyValues::close);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void aCacheThatGrewHoldsWhatWasAppended(NumericsProfile profile) {
    Attention attention = new Attention(SELF_ATTN, HEADS, HEAD_DIM);
    try (Arena arena = Arena.ofShared();
        Backend backend = Backend.open(1);
        Workspace w = new Workspace(backend, profile, NumericsTrace.NONE);
        KeyValues atOnce = KeyValues.growing(KEY_HEADS, HEAD_DIM);
        KeyValues stepwise = KeyValues.growing(KEY_HEADS, HEAD_DIM)) {
      Tensor k = matrix(arena, 700, KEY_HEADS * HEAD_DIM);
      Tensor v = matrix(arena, 700, KEY_HEADS * HEAD_DIM);
      Tensor q = matrix(arena, 1, HEADS * HEAD_DIM);
      atOnce.append(k, v);
      for (int i = 0; i < 700; i++) {
        stepwise.append(k.rows(i, i + 1L), v.rows(i, i + 1L));
      }
      assertThat(attention.causal(q, stepwise, w).toFloats())
          .containsExactly(attention.causal(q, atOnce, w).toFloats());
    }
  }
}
