package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.text.KvCache;
import dev.loupe.engine.text.RopePositions;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Attention;
import dev.loupe.tensor.nn.KeyValues;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.TensorCore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * In which arithmetics a row has the same bits alone and beside later rows of its sequence. Only
 * there are tokens guessed, and are prompts computed in parts.
 */
class SharedRowsTest {
  private static final int HEADS = 4;
  private static final int HEAD_DIM = 16;
  private static final int ROWS = 6;
  private static final int BEFORE = 37;

  private static NumericsProfile of(DType type, AttentionKind attention) {
    return NumericsProfile.of(type, attention);
  }

  static Stream<NumericsProfile> exact() {
    return Stream.of(
        of(DType.F32, AttentionKind.SDPA),
        of(DType.F32, AttentionKind.EAGER),
        of(DType.BF16, AttentionKind.SDPA),
        of(DType.F16, AttentionKind.SDPA));
  }

  /** Eager attention in 16 bits, GPUs and PyTorch's order among it, and sums that run backwards. */
  static Stream<NumericsProfile> inexact() {
    NumericsProfile bfloat16 = of(DType.BF16, AttentionKind.EAGER);
    NumericsProfile float16 = of(DType.F16, AttentionKind.EAGER);
    return Stream.of(
        bfloat16,
        bfloat16.with(Accumulation.TORCH_CPU),
        bfloat16.with(Accumulation.of(TensorCore.HOPPER)),
        bfloat16.with(Accumulation.of(TensorCore.HOPPER).forAttention()),
        float16,
        float16.with(ScoreRemedy.UPCAST_QK),
        float16.with(ScoreRemedy.CLAMP),
        float16.with(Accumulation.TORCH_CPU),
        float16.with(Accumulation.of(TensorCore.VOLTA).withAccumulator(DType.F16)),
        of(DType.F32, AttentionKind.SDPA).with(Accumulation.DESCENDING),
        of(DType.F32, AttentionKind.EAGER).with(Accumulation.DESCENDING));
  }

  @ParameterizedTest
  @MethodSource("exact")
  void aLaterTokenChangesNoEarlierRow(NumericsProfile profile) {
    assertThat(PrefixCache.exact(profile)).isTrue();
    assertThat(together(profile)).isEqualTo(alone(profile));
  }

  @ParameterizedTest
  @MethodSource("inexact")
  void elsewhereItCanSoNothingIsGuessed(NumericsProfile profile) {
    assertThat(PrefixCache.exact(profile)).isFalse();
    assertThat(together(profile)).isNotEqualTo(alone(profile));
  }

  /** The output of all rows but the last, whose values are NaN, as of a token guessed badly. */
  private static int[] together(NumericsProfile profile) {
    return attend(
        profile,
        (attention, q, k, v, kv, w) -> {
          kv.append(k, v);
          return attention.causal(q, kv, w).rows(0, ROWS - 1L).toFloats();
        });
  }

  private static int[] alone(NumericsProfile profile) {
    return attend(
        profile,
        (attention, q, k, v, kv, w) -> {
          float[] all = new float[(ROWS - 1) * HEADS * HEAD_DIM];
          for (int r = 0; r < ROWS - 1; r++) {
            kv.append(k.rows(r, r + 1L), v.rows(r, r + 1L));
            float[] one = attention.causal(q.rows(r, r + 1L), kv, w).toFloats();
            System.arraycopy(one, 0, all, r * one.length, one.length);
          }
          return all;
        });
  }

  /** Attends to what is held with these rows. */
  private interface Pass {
    float[] run(Attention attention, Tensor q, Tensor k, Tensor v, KeyValues kv, Workspace w);
  }

  private static int[] attend(NumericsProfile profile, Pass pass) {
    Random random = new Random(6);
    ModuleId id = ModuleId.of(Part.DECODER, "model.layers").layer(0).child("self_attn");
    try (Arena arena = Arena.ofShared();
        Backend backend = Backend.open(1);
        Workspace w = new Workspace(backend, profile, NumericsTrace.NONE);
        KeyValues kv = KeyValues.growing(HEADS, HEAD_DIM)) {
      kv.append(matrix(arena, random, BEFORE), matrix(arena, random, BEFORE));
      Tensor v = matrix(arena, random, ROWS);
      v.rows(ROWS - 1L, ROWS).segment().fill((byte) -1); // NaN
      float[] out =
          pass.run(
              new Attention(id, HEADS, HEAD_DIM),
              matrix(arena, random, ROWS),
              matrix(arena, random, ROWS),
              v,
              kv,
              w);
      int[] bits = new int[out.length];
      Arrays.setAll(bits, i -> Float.floatToRawIntBits(out[i]));
      return bits;
    }
  }

  /** Numbers that 16 bits hold. */
  private static Tensor matrix(Arena arena, Random random, int rows) {
    float[] values = new float[rows * HEADS * HEAD_DIM];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.round(random.nextGaussian() * 16) / 16f;
    }
    return Tensor.ofFloats(arena, values, rows, HEADS * HEAD_DIM);
  }

  @ParameterizedTest
  @MethodSource("exact")
  void logitsOfOnePassAreThoseOfAPassForEachToken(NumericsProfile profile) throws IOException {
    assertRowsAreEqual(LoadOptions.defaults().profile(profile));
  }

  @Test
  void logitsOfOnePassAreThoseOfAPassForEachTokenWithIntegerWeights() throws IOException {
    for (String weights : List.of("int8", "int4", "int4:128")) {
      assertRowsAreEqual(LoadOptions.defaults().weights(WeightTypes.of(weights)));
    }
  }

  private static void assertRowsAreEqual(LoadOptions options) throws IOException {
    NumericsProfile profile = options.profile();
    try (LoadedModel loaded = ModelLoader.load(BuiltInModel.files(), options);
        Workspace w = new Workspace(loaded.backend(), profile, NumericsTrace.NONE);
        KvCache atOnce = loaded.model().newCache();
        Arena arena = Arena.ofShared()) {
      MultimodalModel model = loaded.model();
      Prompt prompt = Prompt.of("What color is the circle?");
      ModelInput input = ModelInput.of(loaded, prompt, arena);
      RopePositions positions = input.positions(model);
      input.prefill(model, input.encode(model, w), positions, atOnce, w);
      int[] tokens = {32, 334, 362, 307, 11, 268, 334, 358, 317, 374, 268, 265, 358, 317, 298, 268};
      int[] places = new int[tokens.length];
      Arrays.setAll(places, i -> positions.next() + i);
      try (KvCache stepwise = atOnce.copy()) {
        Tensor logits = model.logits(model.step(tokens, places, List.of(atOnce), w), w);
        for (int i = 0; i < tokens.length; i++) {
          Tensor hidden = ModelInput.step(model, tokens[i], places[i], stepwise, w);
          assertThat(logits.rows(i, i + 1L).toFloats())
              .as("row %d", i)
              .containsExactly(model.logits(hidden, w).toFloats());
        }
      }
    }
  }
}
