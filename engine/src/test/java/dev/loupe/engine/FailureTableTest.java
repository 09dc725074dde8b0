package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.sampling.GreedySampler;
import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.engine.sampling.LogitsPipeline;
import dev.loupe.engine.sampling.MultinomialSampler;
import dev.loupe.engine.sampling.SamplingSettings;
import dev.loupe.engine.sampling.TiePolicy;
import dev.loupe.engine.sampling.TorchCpuGenerator;
import dev.loupe.engine.synthetic.SyntheticModel;
import dev.loupe.engine.text.KvCache;
import dev.loupe.io.JsonObject;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightSource;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.weights.synthetic.SyntheticWeights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How one overflowing layer ruins a sequence: four layers, two heads of 128, twelve text tokens,
 * float16 with eager attention, weights by rule, and one bias on the 48 slowest rotating elements
 * of query and key of one layer, so that each score is 48 bias² and a little.
 *
 * <p>The expected rows were made with transformers 5.18 and torch 2.13 on a CPU from the same
 * weights. No score is nearer to 65520 than 3.3, so the order of additions plays no part.
 */
class FailureTableTest {
  private static final int TOKENS = 12;
  private static final String NAME =
      "synthetic:2b:hidden=256:intermediate=512:layers=4:heads=2:kv_heads=2:vocab=512"
          + ":depth=1:embed_dim=64:vision_heads=4";
  private static final int[] FIRST = {452, 135, 137, 384, 445, 465, 43, 133, 61, 447, 41, 14};
  private static final int[] SECOND = {495, 121, 238, 213, 277, 278, 117, 391, 388, 72, 216, 335};
  private static final List<Integer> ALL = IntStream.range(0, TOKENS).boxed().toList();
  private static final List<Integer> NONE = List.of();

  /** One row of the table; {@code next} is empty if the layer is the last. */
  record Row(
      int[] prompt,
      int layer,
      float bias,
      int infinite,
      int masked,
      List<Integer> nanAfter,
      List<Integer> nanAfterNext,
      int greedy) {

    boolean fails() {
      return nanAfterNext.contains(TOKENS - 1);
    }

    @Override
    public String toString() {
      return "layer %d, bias %s, prompt %d".formatted(layer, bias, prompt[0]);
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        new Row(FIRST, 1, 36.6875f, 0, 0, NONE, NONE, 165),
        new Row(FIRST, 1, 36.75f, 3, 0, List.of(9, 10, 11), ALL, 0),
        new Row(FIRST, 1, 36.9375f, 120, 53, ALL, ALL, 0),
        new Row(FIRST, 1, 37.125f, 269, 124, ALL, ALL, 0),
        new Row(SECOND, 1, 36.59375f, 0, 0, NONE, NONE, 234),
        new Row(SECOND, 1, 36.625f, 1, 1, List.of(4), ALL, 0),
        last(FIRST, 36.65625f, 0, 0, NONE, 96),
        last(FIRST, 36.75f, 14, 3, List.of(4, 5, 8, 9, 10), 96),
        last(FIRST, 36.8125f, 51, 13, List.of(4, 5, 6, 7, 8, 9, 10, 11), 0),
        last(FIRST, 36.84375f, 87, 27, List.of(1, 3, 4, 5, 6, 7, 8, 9, 10, 11), 0),
        last(SECOND, 36.75f, 0, 0, NONE, 234),
        last(SECOND, 36.8125f, 5, 2, List.of(1, 2, 4), 234));
  }

  /** After the last layer nothing spreads any more. */
  private static Row last(
      int[] prompt, float bias, int infinite, int masked, List<Integer> nan, int greedy) {
    return new Row(prompt, 3, bias, infinite, masked, nan, nan, greedy);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void infinitiesBecomeNanRowsAndSpreadAsInPyTorch(Row row) throws IOException {
    try (Arena arena = Arena.ofShared();
        Backend backend = Backend.open(2);
        SyntheticWeights weights = new SyntheticModel(NAME).openWeights();
        TraceRecorder trace = new TraceRecorder();
        Workspace w = new Workspace(backend, NumericsProfile.FLOAT16_EAGER, trace)) {
      MultimodalModel model = model(new Biased(weights, row, arena), arena, backend);
      ModelInput input =
          new ModelInput(
              row.prompt, Tensor.allocate(arena, DType.F32, 0, 1176), List.of(), List.of());
      float[] logits = lastLogits(model, input, w);

      Tensor infinite = trace.stages().get("attention." + row.layer + ".nonfinite");
      assertThat(infinite.rowCount()).as("infinite scores").isEqualTo(row.infinite);
      assertThat(masked(infinite)).as("in the future").isEqualTo(row.masked);
      assertThat(nanRows(trace.stages().get("layers." + row.layer))).isEqualTo(row.nanAfter);
      if (row.layer > 0) {
        assertThat(nanRows(trace.stages().get("layers." + (row.layer - 1)))).isEmpty();
      }
      int next = Math.min(row.layer + 1, 3);
      assertThat(nanRows(trace.stages().get("layers." + next))).isEqualTo(row.nanAfterNext);
      assertChoice(row, logits);
    }
  }

  private static MultimodalModel model(WeightSource weights, Arena arena, Backend backend)
      throws IOException {
    LayerLoader layers = new LayerLoader(weights, arena, backend, DType.F16, bytes -> {});
    return new MultimodalModel(
        layers, Qwen2VlConfig.of(JsonObject.of(new SyntheticModel(NAME).config())));
  }

  private static float[] lastLogits(MultimodalModel model, ModelInput input, Workspace w) {
    try (KvCache cache = model.newCache()) {
      Tensor hidden =
          input.prefill(model, input.encode(model, w), input.positions(model), cache, w);
      return model.logits(hidden.rows(TOKENS - 1, TOKENS), w).toFloats();
    }
  }

  /** Greedy decoding answers token 0 where sampling fails, and neither notices a row above. */
  private static void assertChoice(Row row, float[] logits) {
    assertThat(new GreedySampler().next(logits)).isEqualTo(row.greedy);
    SamplingSettings top50 =
        new SamplingSettings(true, 1, 0, false, 1, 50, 1, 0, TiePolicy.TORCH_CPU);
    float[] scores = logits.clone();
    LogitsPipeline.of(top50, TOKENS, List.of()).process(row.prompt, TOKENS, scores);
    MultinomialSampler sampler = new MultinomialSampler(new TorchCpuGenerator(1234));
    if (row.fails()) {
      assertThatThrownBy(() -> sampler.next(scores))
          .isInstanceOf(InvalidDistributionException.class)
          .hasMessage("probability tensor contains either `inf`, `nan` or element < 0");
    } else {
      assertThat(sampler.next(scores)).isNotNegative();
    }
  }

  private static long masked(Tensor nonfinite) {
    return IntStream.range(0, nonfinite.rowCount())
        .filter(i ->
            nonfinite.segment().get(Tensor.INT, i * 16L + 8)
                > nonfinite.segment().get(Tensor.INT, i * 16L + 4))
        .count();
  }

  private static List<Integer> nanRows(Tensor t) {
    List<Integer> rows = new ArrayList<>();
    for (int row = 0; row < t.rowCount(); row++) {
      for (int column = 0; column < t.columnCount(); column++) {
        if (Float.isNaN(t.getFloat((long) row * t.columnCount() + column))) {
          rows.add(row);
          break;
        }
      }
    }
    return rows;
  }

  /** Weights by rule, with the bias of one row of the table. */
  private record Biased(SyntheticWeights weights, Row row, Arena arena) implements WeightSource {

    @Override
    public Set<String> names() {
      return weights.names();
    }

    @Override
    public String origin(String name) {
      return weights.origin(name);
    }

    @Override
    public Tensor tensor(String name) throws IOException {
      Tensor stored = weights.tensor(name);
      String attention = "model.layers." + row.layer + ".self_attn.";
      if (!name.equals(attention + "q_proj.bias") && !name.equals(attention + "k_proj.bias")) {
        return stored;
      }
      float[] values = stored.toFloats();
      for (int i = 0; i < values.length; i++) {
        // Elements i and i + 64 of a head turn together; the last 24 of the 64 pairs are slowest.
        values[i] = i % 64 >= 40 ? row.bias : values[i];
      }
      return Tensor.ofFloats(arena, values, values.length);
    }
  }
}
