package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.text.KvCache;
import dev.loupe.engine.text.RopePositions;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.TensorCore;
import dev.loupe.tensor.numerics.TraceRecorder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may not change a bit of a result: kernels, threads, and what is computed at once. */
class SameBitsTest {

  /** In bfloat16, because float16 ends in NaN here, whose bits are unspecified. */
  private static final NumericsProfile HOPPER =
      NumericsProfile.of(DType.BF16, AttentionKind.EAGER).with(Accumulation.of(TensorCore.HOPPER));

  private static Map<String, byte[]> stages(
      Backend backend, LoadOptions options, ReferenceRuns.Case c) throws IOException {
    try (LoadedModel loaded = ModelLoader.load(BuiltInModel.files(), options, backend);
        TraceRecorder trace = new TraceRecorder()) {
      requests(loaded, options.profile()).trace(c.prompt(), GenerationOptions.greedy(), trace);
      Map<String, byte[]> bytes = new LinkedHashMap<>();
      trace
          .stages()
          .forEach((name, t) -> bytes.put(name, t.segment().toArray(ValueLayout.JAVA_BYTE)));
      return bytes;
    }
  }

  private static ReferenceRuns.Case caseNamed(String name) throws IOException {
    return new ReferenceRuns("captioner")
        .cases().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void scalarAndVectorKernelsGiveTheSameStages() throws IOException {
    assertSame(Backend.scalar(2), Backend.open(2), NumericsProfile.FLOAT32, "clip-3");
  }

  @Test
  void kernelsAndThreadsGiveTheSameStagesInTheArithmeticOfAGpu() throws IOException {
    assertSame(Backend.scalar(2), Backend.open(1), HOPPER, "text-only");
    assertSame(Backend.open(1), Backend.open(5), HOPPER, "text-only");
  }

  @Test
  void oneTwoAndFiveThreadsGiveTheSameStages() throws IOException {
    assertSame(Backend.open(1), Backend.open(2), NumericsProfile.FLOAT32, "describe-two");
    assertSame(Backend.open(1), Backend.open(5), NumericsProfile.FLOAT32, "describe-two");
  }

  @ParameterizedTest
  @ValueSource(strings = {"int8", "int4", "int4:128"})
  void kernelsAndThreadsGiveTheSameStagesWithIntegerWeights(String weights) throws IOException {
    LoadOptions options = LoadOptions.defaults().weights(WeightTypes.of(weights));
    assertSame(Backend.scalar(2), Backend.open(2), options, "text-only");
    assertSame(Backend.open(1), Backend.open(5), options, "describe-two");
  }

  @ParameterizedTest
  @ValueSource(strings = {"int8", "int4", "int4:128"})
  void decodingEqualsRecomputingWithIntegerWeights(String weights) throws IOException {
    decodingEqualsRecomputing(LoadOptions.defaults().weights(WeightTypes.of(weights)), "text-only");
  }

  private static void assertSame(Backend one, Backend other, NumericsProfile profile, String name)
      throws IOException {
    assertSame(one, other, LoadOptions.defaults().profile(profile), name);
  }

  private static void assertSame(Backend one, Backend other, LoadOptions options, String name)
      throws IOException {
    ReferenceRuns.Case c = caseNamed(name);
    Map<String, byte[]> expected = stages(one, options, c);
    Map<String, byte[]> actual = stages(other, options, c);
    assertThat(actual.keySet()).isEqualTo(expected.keySet()).contains("layers.3", "logits");
    expected.forEach((stage, bytes) -> assertThat(actual.get(stage)).as(stage).isEqualTo(bytes));
  }

  /** Prompt and answer one token at a time, against the whole sequence at once. */
  @Test
  void decodingWithTheCacheEqualsRecomputingTheWholeSequence() throws IOException {
    decodingEqualsRecomputing(NumericsProfile.FLOAT32, "turns");
  }

  @Test
  void decodingEqualsRecomputingInTheArithmeticOfAGpu() throws IOException {
    NumericsProfile bfloat16 =
        NumericsProfile.of(DType.BF16, AttentionKind.EAGER)
            .with(Accumulation.of(TensorCore.AMPERE));
    decodingEqualsRecomputing(bfloat16, "text-only");
  }

  private static void decodingEqualsRecomputing(NumericsProfile profile, String name)
      throws IOException {
    decodingEqualsRecomputing(LoadOptions.defaults().profile(profile), name);
  }

  private static void decodingEqualsRecomputing(LoadOptions options, String name)
      throws IOException {
    NumericsProfile profile = options.profile();
    ReferenceRuns.Case c = caseNamed(name);
    try (LoadedModel loaded = ModelLoader.load(BuiltInModel.files(), options);
        Arena arena = Arena.ofShared()) {
      Generation answer =
          requests(loaded, profile)
              .answer(
                  c.prompt(),
                  GenerationOptions.greedy().maxNewTokens(8),
                  TokenListener.NONE,
                  NumericsTrace.NONE);
      assertThat(answer.tokens()).hasSizeGreaterThan(2);
      ModelInput input = ModelInput.of(loaded, c.prompt(), arena);
      for (int n = 1; n < answer.tokens().size(); n++) {
        assertThat(atOnce(loaded, profile, input, answer.tokens().subList(0, n)))
            .as("logits after %d tokens", n)
            .isEqualTo(stepByStep(loaded, profile, input, answer.tokens().subList(0, n)));
      }
    }
  }

  private static float[] atOnce(
      LoadedModel loaded, NumericsProfile profile, ModelInput input, List<Integer> answer) {
    int[] ids = Arrays.copyOf(input.ids(), input.ids().length + answer.size());
    for (int i = 0; i < answer.size(); i++) {
      ids[input.ids().length + i] = answer.get(i);
    }
    ModelInput longer = new ModelInput(ids, input.pixelValues(), input.images(), input.videos());
    try (Workspace w = workspace(loaded, profile);
        KvCache cache = loaded.model().newCache()) {
      return prefill(loaded, longer, cache, w);
    }
  }

  private static float[] stepByStep(
      LoadedModel loaded, NumericsProfile profile, ModelInput input, List<Integer> answer) {
    try (Workspace w = workspace(loaded, profile);
        KvCache cache = loaded.model().newCache()) {
      List<float[]> logits = new ArrayList<>(List.of(prefill(loaded, input, cache, w)));
      RopePositions positions = input.positions(loaded.model());
      for (int i = 0; i < answer.size(); i++) {
        Tensor hidden =
            ModelInput.step(loaded.model(), answer.get(i), positions.next() + i, cache, w);
        logits.add(loaded.model().logits(hidden, w).toFloats());
      }
      return logits.getLast();
    }
  }

  private static float[] prefill(LoadedModel loaded, ModelInput input, KvCache cache, Workspace w) {
    MultimodalModel model = loaded.model();
    Tensor hidden = input.prefill(model, input.encode(model, w), input.positions(model), cache, w);
    int last = hidden.rowCount() - 1;
    return model.logits(hidden.rows(last, last + 1L), w).toFloats();
  }

  private static RequestQueue requests(LoadedModel loaded, NumericsProfile profile) {
    return new RequestQueue(new ConfiguredModel(loaded, profile), new RequestLock());
  }

  private static Workspace workspace(LoadedModel loaded, NumericsProfile profile) {
    return new Workspace(loaded.backend(), profile, NumericsTrace.NONE);
  }
}
