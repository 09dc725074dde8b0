package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.synthetic.SyntheticModel;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * bfloat16 with eager attention in PyTorch's order, from the pixels to the logits: every element of
 * every stage equals that of transformers 5.17 and torch 2.13 on a processor with AVX512-BF16.
 */
class TorchBFloat16RunsTest {
  private static final ReferenceRuns GOLDENS = new ReferenceRuns("captioner");

  private static final NumericsProfile PROFILE =
      NumericsProfile.of(DType.BF16, AttentionKind.EAGER).with(Accumulation.TORCH_CPU);

  private static Qwen2Vl model;

  @BeforeAll
  static void load() throws IOException {
    model = Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults().profile(PROFILE));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  static List<ReferenceRuns.Case> cases() throws IOException {
    List<ReferenceRuns.Case> cases = GOLDENS.cases();
    assertThat(cases).hasSize(34);
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyElementOfEveryStageIsThatOfPyTorch(ReferenceRuns.Case c) throws IOException {
    StageDifferences fromPyTorch = new StageDifferences(DType.BF16);
    try (SafetensorsFile golden = GOLDENS.stages(c.name(), "bfloat16", "eager");
        TraceRecorder ours = new TraceRecorder()) {
      model.trace(c.prompt(), GenerationOptions.greedy(), ours);
      for (String stage : golden.entries().keySet()) {
        Tensor expected = golden.tensor(stage);
        if (expected.dtype() == DType.BF16) {
          fromPyTorch.add(stage, expected, ours.stages().get(stage));
        }
      }
    }
    assertThat(fromPyTorch.stages()).containsKeys("layers.3", "logits");
    fromPyTorch
        .stages()
        .forEach((stage, counts) -> {
          assertThat(counts.elements).as(stage).isPositive();
          assertThat(counts.nanMismatches + counts.differing).as(stage).isZero();
        });
  }

  @Test
  void deeperProductsThanPyTorchSumsInOneWayAreRefused() {
    SyntheticModel files = new SyntheticModel("synthetic:2b:layers=2:depth=2");
    assertThatThrownBy(() -> Qwen2Vl.load(files, LoadOptions.defaults().profile(PROFILE)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a model whose products have at most 1,024 terms")
        .hasMessageContaining("found one of 8,960");
  }
}
