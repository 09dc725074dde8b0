package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * bfloat16 and float16 with eager attention against PyTorch, one stage at a time: each stage starts
 * from PyTorch's own numbers, so that what differs was made by that stage and not handed on.
 */
class HalfStagesTest {
  private static final List<String> COMPLETE =
      List.of(
          "scene-000",
          "scene-001",
          "describe-two",
          "text-only",
          "clip-3",
          "clip-and-picture",
          "turns",
          "photo");

  private static final ReferenceRuns GOLDENS = new ReferenceRuns("captioner");

  /** The share of a stage's elements that may differ from PyTorch's. */
  private static final double SHARE = 0.001;

  @Test
  void float16SummedAsPyTorchDoesEqualsItsStages() throws IOException {
    NumericsProfile profile = NumericsProfile.FLOAT16_EAGER.with(Accumulation.TORCH_CPU);
    StageDifferences fromPyTorch = new StageDifferences(DType.F16);
    differences(profile, fromPyTorch, new StageDifferences(DType.F16));
    fromPyTorch.print("float16, PyTorch's order:");
    assertThat(fromPyTorch.stages()).hasSize(11);
    fromPyTorch
        .stages()
        .forEach((stage, counts) -> {
          assertThat(counts.nanMismatches).as(stage).isZero();
          assertThat(counts.share()).as(stage).isLessThan(SHARE);
        });
    // Of 888,000 elements; PyTorch's own exp in the tower's softmax is suspected of the rest.
    assertThat(fromPyTorch.stages().values().stream().mapToLong(c -> c.aboveTwoUlps).sum())
        .isLessThanOrEqualTo(1);
  }

  /**
   * In Loupe's own order the float32 sums differ in their last places, and now and then that
   * decides a 16-bit rounding. How often is measured on Loupe itself, which sums everything once
   * more backwards: PyTorch may be no further away than twice that.
   */
  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void inLoupesOrderAStageDiffersNoMoreThanTwoOrdersDo(DType dtype) throws IOException {
    NumericsProfile profile = NumericsProfile.of(dtype, AttentionKind.EAGER);
    StageDifferences fromPyTorch = new StageDifferences(dtype);
    StageDifferences fromOtherOrder = new StageDifferences(dtype);
    differences(profile, fromPyTorch, fromOtherOrder);
    fromPyTorch.print(dtype + ", Loupe's order, from PyTorch:");
    fromOtherOrder.print(dtype + ", Loupe's order, from itself backwards:");
    assertThat(fromPyTorch.stages()).hasSize(11);
    fromPyTorch
        .stages()
        .forEach((stage, counts) -> {
          assertThat(counts.nanMismatches).as(stage).isZero();
          assertThat(counts.share())
              .as(stage)
              .isLessThan(Math.max(SHARE, 2 * fromOtherOrder.of(stage).share()));
        });
  }

  private static void differences(
      NumericsProfile profile, StageDifferences fromPyTorch, StageDifferences fromOtherOrder)
      throws IOException {
    LoadOptions options = LoadOptions.defaults().profile(profile);
    try (LoadedModel model = ModelLoader.load(BuiltInModel.files(), options)) {
      for (ReferenceRuns.Case c : GOLDENS.cases()) {
        if (COMPLETE.contains(c.name())) {
          try (SafetensorsFile golden = GOLDENS.stages(c.name(), profile.computeName(), "eager")) {
            SingleStages.compare(model, profile, c.prompt(), golden, fromPyTorch, fromOtherOrder);
          }
        }
      }
    }
  }
}
