package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.sampling.GreedySampler;
import dev.loupe.engine.text.KvCache;
import dev.loupe.engine.text.RopePositions;
import dev.loupe.io.JsonObject;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.testkit.TestFiles;
import dev.loupe.vision.preprocess.PatchGrid;
import dev.loupe.weights.Checkpoint;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.jr.ob.JSON;

/**
 * A random model with an output layer of its own, two pictures and a clip that is longer than it is
 * wide, against transformers 5.18 ({@code expected}) and 4.57.6 ({@code expected_v4}) in float32.
 */
class TinyUntiedParityTest {

  /** As in {@link CaptionerParityTest}: float32 sums in two orders. */
  private static final double ORDER_OF_ADDITIONS = 2e-5;

  private static final Arena ARENA = Arena.ofShared();
  private static SafetensorsFile expected;
  private static SafetensorsFile expectedV4;
  private static Checkpoint weights;
  private static Backend backend;
  private static MultimodalModel model;
  private static ModelInput input;

  @BeforeAll
  static void load() throws IOException {
    expected = SafetensorsFile.open(TestFiles.file("goldens/tiny-untied/expected.safetensors"));
    expectedV4 =
        SafetensorsFile.open(TestFiles.file("goldens/tiny-untied/expected_v4.safetensors"));
    backend = Backend.open(2);
    byte[] json = Files.readAllBytes(TestFiles.file("goldens/tiny-untied/config.json"));
    weights =
        Checkpoint.of(
            SafetensorsFile.open(TestFiles.file("goldens/tiny-untied/model.safetensors")));
    LayerLoader layers = new LayerLoader(weights, ARENA, backend, DType.F32, bytes -> {});
    model = new MultimodalModel(layers, Qwen2VlConfig.of(JsonObject.of(JSON.std.mapFrom(json))));
    input =
        new ModelInput(
            ids(expected.tensor("input_ids")),
            joined(expected.tensor("pixel_values"), expected.tensor("pixel_values_videos")),
            grids(expected.tensor("image_grid_thw")),
            grids(expected.tensor("video_grid_thw")));
  }

  @AfterAll
  static void close() {
    backend.close();
    weights.close();
    expected.close();
    expectedV4.close();
    ARENA.close();
  }

  private static int[] ids(Tensor t) {
    int[] ids = new int[Math.toIntExact(t.shape().elements())];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) t.segment().get(Tensor.LONG, i * 8L);
    }
    return ids;
  }

  private static Tensor joined(Tensor one, Tensor other) {
    int rows = one.rowCount() + other.rowCount();
    Tensor both = Tensor.allocate(ARENA, DType.F32, rows, one.columnCount());
    MemorySegment.copy(one.segment(), 0, both.segment(), 0, one.segment().byteSize());
    long at = one.segment().byteSize();
    MemorySegment.copy(other.segment(), 0, both.segment(), at, other.segment().byteSize());
    return both;
  }

  private static List<PatchGrid> grids(Tensor t) {
    int[] sides = ids(t);
    List<PatchGrid> grids = new ArrayList<>();
    for (int i = 0; i < sides.length; i += 3) {
      grids.add(new PatchGrid(sides[i], sides[i + 1], sides[i + 2], 2));
    }
    return grids;
  }

  private static RopePositions positions(SafetensorsFile golden) throws IOException {
    int[] all = ids(golden.tensor("position_ids"));
    int n = all.length / 3;
    int[][] streams = new int[3][n];
    int next = 0;
    for (int i = 0; i < all.length; i++) {
      streams[i / n][i % n] = all[i];
      next = Math.max(next, all[i] + 1);
    }
    return new RopePositions(streams, next);
  }

  @Test
  void positionsAreThoseOfTransformers4() throws IOException {
    RopePositions ours = input.positions(model);
    RopePositions theirs = positions(expectedV4);
    assertThat(ours.streams()).isDeepEqualTo(theirs.streams());
    assertThat(ours.next()).isEqualTo(theirs.next());
    assertThat(positions(expected).next())
        .as("transformers 5 goes on one earlier after this clip")
        .isEqualTo(ours.next() - 1);
  }

  @Test
  void everyStageIsThatOfTransformers() throws IOException {
    try (TraceRecorder trace = new TraceRecorder();
        Workspace w = new Workspace(backend, NumericsProfile.FLOAT32, trace);
        KvCache cache = model.newCache()) {
      Tensor pictures = input.encode(model, w);
      Tensor hidden = input.prefill(model, pictures, positions(expected), cache, w);
      // The golden run kept the pictures' patches and tokens, not the clip's.
      assertClose("vision_last_hidden", trace.stages().get("visual.blocks.1").rows(0, 32));
      assertClose("vision_out", trace.stages().get("visual.merger").rows(0, 8));
      assertClose("hidden_0", trace.stages().get("inputs_embeds"));
      assertClose("hidden_1", trace.stages().get("layers.0"));
      assertClose("hidden_2", trace.stages().get("layers.1"));
      assertClose("hidden_3", trace.stages().get("norm"));
      assertClose("logits", model.logits(hidden, w));
    }
  }

  private static void assertClose(String stage, Tensor ours) throws IOException {
    for (String attention : List.of("eager", "sdpa")) {
      Tensor golden = expected.tensor("float32_" + attention + "." + stage);
      double difference = ReferenceRuns.relativeDifference(golden, ours);
      System.out.printf("tiny-untied float32 %s %-20s %.1e%n", attention, stage, difference);
      assertThat(difference).as(stage + " " + attention).isLessThan(ORDER_OF_ADDITIONS);
    }
  }

  @Test
  void logitsWithThePositionsOfTransformers4AreItsOwn() throws IOException {
    try (TraceRecorder trace = new TraceRecorder();
        Workspace w = new Workspace(backend, NumericsProfile.FLOAT32, trace);
        KvCache cache = model.newCache()) {
      Tensor hidden =
          input.prefill(model, input.encode(model, w), input.positions(model), cache, w);
      Tensor golden = expectedV4.tensor("float32_eager.logits");
      assertThat(ReferenceRuns.relativeDifference(golden, model.logits(hidden, w)))
          .isLessThan(ORDER_OF_ADDITIONS);
    }
  }

  @Test
  void greedyTokensAndTheirLogitsAreThoseOfTransformers() throws IOException {
    int[] greedy = ids(expected.tensor("float32_eager.greedy"));
    Tensor stepLogits = expected.tensor("float32_eager.step_logits");
    try (TraceRecorder trace = new TraceRecorder();
        Workspace w = new Workspace(backend, NumericsProfile.FLOAT32, trace);
        KvCache cache = model.newCache()) {
      RopePositions positions = positions(expected);
      Tensor hidden = input.prefill(model, input.encode(model, w), positions, cache, w);
      Tensor logits = model.logits(hidden.rows(hidden.rowCount() - 1L, hidden.rowCount()), w);
      for (int i = 0; i < greedy.length; i++) {
        assertThat(ReferenceRuns.relativeDifference(stepLogits.rows(i, i + 1L), logits))
            .as("step %d", i)
            .isLessThan(ORDER_OF_ADDITIONS);
        assertThat(best(logits)).as("token %d", i).isEqualTo(greedy[i]);
        logits = model.logits(ModelInput.step(model, greedy[i], positions.next() + i, cache, w), w);
      }
    }
    assertThat(stepLogits.shape()).isEqualTo(Shape.of(greedy.length + 1L, 512));
  }

  private static int best(Tensor logits) {
    return new GreedySampler().next(logits.toFloats());
  }

  /**
   * The spread of PyTorch's own float16 products on the machine that made this golden, which does
   * not round a float32 sum once; stated with it as 3e-3 of the largest value.
   */
  private static final double FLOAT16_PRODUCTS = 3e-3;

  @Test
  void bfloat16EqualsPyTorchInEveryElementFromOneEndToTheOther() throws IOException {
    StageDifferences differences = sixteenBitStages(DType.BF16, 0);
    differences.stages().forEach((stage, c) -> assertThat(c.differing).as(stage).isZero());
  }

  @Test
  void float16StaysWithinTheSpreadOfPyTorchsProducts() throws IOException {
    assertThat(sixteenBitStages(DType.F16, FLOAT16_PRODUCTS).stages()).hasSize(6);
  }

  private static StageDifferences sixteenBitStages(DType dtype, double bound) throws IOException {
    NumericsProfile profile = NumericsProfile.of(dtype, AttentionKind.EAGER);
    LayerLoader layers = new LayerLoader(weights, ARENA, backend, dtype, bytes -> {});
    byte[] json = Files.readAllBytes(TestFiles.file("goldens/tiny-untied/config.json"));
    MultimodalModel rounded =
        new MultimodalModel(layers, Qwen2VlConfig.of(JsonObject.of(JSON.std.mapFrom(json))));
    StageDifferences differences = new StageDifferences(dtype);
    try (TraceRecorder trace = new TraceRecorder();
        Workspace w = new Workspace(backend, profile, trace);
        KvCache cache = rounded.newCache()) {
      Tensor pictures = input.encode(rounded, w);
      Tensor hidden = input.prefill(rounded, pictures, positions(expected), cache, w);
      String run = profile.computeName() + "_eager.";
      Map<String, Tensor> ours = new LinkedHashMap<>();
      ours.put("vision_last_hidden", trace.stages().get("visual.blocks.1").rows(0, 32));
      ours.put("vision_out", trace.stages().get("visual.merger").rows(0, 8));
      ours.put("hidden_1", trace.stages().get("layers.0"));
      ours.put("hidden_2", trace.stages().get("layers.1"));
      ours.put("hidden_3", trace.stages().get("norm"));
      ours.put("logits", rounded.logits(hidden, w));
      for (var stage : ours.entrySet()) {
        Tensor theirs = golden(run + stage.getKey());
        differences.add(stage.getKey(), theirs, stage.getValue());
        assertThat(ReferenceRuns.relativeDifference(theirs, stage.getValue()))
            .as(stage.getKey())
            .isLessThanOrEqualTo(bound);
      }
      differences.print("tiny-untied " + profile);
    }
    return differences;
  }

  private static Tensor golden(String name) throws IOException {
    Tensor stored = expected.tensor(name);
    long width = stored.shape().dim(-1);
    return stored.reshape(stored.shape().elements() / width, width);
  }
}
