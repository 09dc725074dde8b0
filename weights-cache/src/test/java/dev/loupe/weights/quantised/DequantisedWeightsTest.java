package dev.loupe.weights.quantised;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.LinearLayout;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.weights.Checkpoint;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.cache.WeightsCache;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a checkpoint with quantised layers is seen as, and which ones are refused. */
class DequantisedWeightsTest {
  private static final Backend BACKEND = Backend.scalar(1);

  /** Parts that cannot be, and how the message goes on after the name of the tensor. */
  static Stream<Arguments> damaged() {
    short nan = Float.floatToFloat16(Float.NaN);
    short infinite = Float.floatToFloat16(Float.POSITIVE_INFINITY);
    short one = Float.floatToFloat16(1);
    return Stream.of(
        of(Parts.awq().without("a.qzeros"), "qzeros: expected beside the other tensors of this"),
        of(Parts.awq().without("a.scales"), "scales: expected beside the other tensors of this"),
        of(Parts.awq().ints("a.qzeros", 0, 3, 2), "qzeros: expected I32 [2, 2], since"),
        of(Parts.awq().zeros("a.qzeros", DType.I64, 2, 2), "qzeros: expected I32 [2, 2], since"),
        of(Parts.awq().ints("a.qweight", 0, 32, 3), "qweight: expected I32 [inputs, 16 / 8]"),
        of(Parts.awq().ints("a.qweight", 0, 33, 2), "scales: expected groups of equal size of 33"),
        of(Parts.awq().ints("a.qweight", 0, 64), "qweight: expected a matrix of I32"),
        of(Parts.awq().ints("a.qweight", 0, 0, 2), "qweight: expected a matrix of I32"),
        of(Parts.awq().zeros("a.qweight", DType.F32, 32, 2), "qweight: expected a matrix of I32"),
        of(Parts.awq().zeros("a.scales", DType.I32, 2, 16), "scales: expected a matrix of F16, BF"),
        of(Parts.awq().halves("a.scales", nan, 2, 16), "scales: expected finite scales, found"),
        of(
            Parts.awq().halves("a.scales", infinite, 2, 16),
            "scales: expected finite scales, found"),
        of(Parts.awq().halves("a.weight", one, 16, 32), "weight: expected none beside qweig"),
        of(Parts.awq().ints("a.weight_packed", 0, 16, 4), "weight_packed: expected none beside"),
        of(Parts.awq().halves("a.scales", one, 32), "scales: expected a matrix of F16, BF16 or F"),
        of(Parts.gptq().without("a.qzeros"), "qzeros: expected beside the other tensors of this"),
        of(Parts.gptq().without("a.qweight").ints("a.weight_packed", 0, 16, 4), "weight_scale: "),
        of(Parts.gptq().ints("a.qweight", 0, 4, 15), "qweight: expected I32 [4, 16], since"),
        of(Parts.gptq().ints("a.qweight", 0, 5, 16), "g_idx: expected I32 [40], since qweight is"),
        of(Parts.gptq().ints("a.qzeros", 0, 2, 3), "qzeros: expected I32 [2, 2], since"),
        of(Parts.gptq().ints("a.g_idx", 0, 31), "g_idx: expected I32 [32], since qweight is"),
        of(Parts.gptq().ints("a.g_idx", 2, 32), "g_idx: expected groups from 0 to 1, found 2 at"),
        of(Parts.gptq().ints("a.g_idx", -1, 32), "g_idx: expected groups from 0 to 1, found -1"),
        of(Parts.gptq().ints("a.qzeros", -1, 2, 2), "qzeros: expected 0 to 14, found 15 in group"),
        of(
            Parts.gptq().word("a.g_idx", 31, Integer.MAX_VALUE),
            "g_idx: expected groups from 0 to 1, found 2147483647 at 31 in parts.safetensors; "),
        of(Parts.gptq().zeros("a.g_idx", DType.I64, 32), "g_idx: expected I32 [32], since qweigh"),
        of(
            Parts.gptq().word("a.qzeros", 3, 0x7777f777),
            "qzeros: expected 0 to 14, found 15 in group 1 of output 11 in parts.safetensors; "),
        of(
            Parts.gptq8().word("a.qzeros", 4, 0x7fff7f7f),
            "qzeros: expected 0 to 254, found 255 in group 1 of output 2 in parts.safetensors; "),
        of(
            Parts.gptq().halves("a.scales", one, 2, 12).ints("a.qweight", 0, 4, 12),
            "scales: expected a multiple of 8 outputs, found 12 in"),
        of(
            Parts.gptq()
                .without("a.g_idx")
                .halves("a.scales", one, 3, 16)
                .ints("a.qzeros", 0x77777777, 3, 2),
            "scales: expected groups of equal size of 32 inputs, found 3 groups"),
        of(Parts.gptq8().ints("a.qzeros", -1, 2, 4), "qzeros: expected 0 to 254, found 255 in"),
        of(Parts.gptq8().ints("a.scales", 1, 2, 16), "scales: expected a matrix of F16, BF16"),
        of(Parts.gptq8().halves("a.scales", nan, 3, 16), "qzeros: expected I32 [3, 4], since"),
        of(Parts.compressed().without("a.weight_scale"), "weight_scale: expected beside the other"),
        of(Parts.compressed().without("a.weight_shape"), "weight_shape: expected beside the other"),
        of(Parts.compressed().longs("a.weight_shape", 16), "weight_shape: expected I64 [2]"),
        of(Parts.compressed().longs("a.weight_shape", 15, 32), "weight_shape: expected [16, 1 to"),
        of(Parts.compressed().longs("a.weight_shape", 16, 33), "weight_shape: expected [16, 1 to"),
        of(Parts.compressed().longs("a.weight_shape", 16, -8), "weight_shape: expected [16, 1 to"),
        of(Parts.compressed().longs("a.weight_shape", 16, 22), "weight_packed: expected I32 [16, "),
        of(Parts.compressed().halves("a.weight_scale", nan, 15, 2), "weight_scale: expected [16, "),
        of(Parts.compressed().halves("a.weight_scale", nan, 16, 3), "weight_scale: expected [16, "),
        of(
            Parts.compressed().halves("a.weight_scale", nan, 16, 2),
            "weight_scale: expected finite"),
        of(Parts.compressed().ints("a.weight_g_idx", 2, 32), "weight_g_idx: expected groups from"),
        of(
            Parts.compressed().ints("a.weight_g_idx", 0, 32).word("a.weight_g_idx", 7, -2),
            "weight_g_idx: expected groups from 0 to 1, found -2 at 7"),
        of(Parts.compressed().ints("a.weight_g_idx", 0, 31), "weight_g_idx: expected I32 [32], "),
        of(Parts.compressed().ints("a.weight_packed", 0, 64), "weight_packed: expected a matrix"),
        of(
            Parts.compressed().zeros("a.weight_packed", DType.U8, 16, 4),
            "weight_packed: expected a matrix of I32"),
        of(Parts.compressed().longs("a.weight_shape", 16, 0), "weight_shape: expected [16, 1 to"),
        of(
            Parts.compressed().ints("a.weight_zero_point", 0, 2, 3),
            "weight_zero_point: expected I32 [2, 2], since weight_scale is [16, 2]"),
        of(
            Parts.compressed().ints("a.weight_zero_point", 0, 3, 2),
            "weight_zero_point: expected I"));
  }

  private static Arguments of(Parts parts, String message) {
    return Arguments.of(parts, message);
  }

  @ParameterizedTest
  @MethodSource
  void damaged(Parts parts, String message) {
    assertThatThrownBy(() -> open(parts, QuantizationConfig.NONE, DType.F32).tensor("a.weight"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("a." + message)
        .hasMessageContaining(", found ")
        .hasMessageMatching(".*; [a-z].*");
  }

  private static ModelWeights open(ModelWeights parts, QuantizationConfig config, DType compute)
      throws IOException {
    return DequantisedWeights.of(parts, config, compute, BACKEND);
  }

  @AfterAll
  static void close() {
    BACKEND.close();
  }

  @Test
  void groupsOfAnotherSizeThanTheConfigurationSaysAreRefused() {
    QuantizationConfig config = new QuantizationConfig(OptionalInt.of(32), false, false);
    for (Supplier<Parts> parts :
        Stream.<Supplier<Parts>>of(Parts::awq, Parts::gptq, Parts::gptq8).toList()) {
      assertThatThrownBy(() -> open(parts.get(), config, DType.F32))
          .hasMessageStartingWith(
              "a.scales: expected 1 groups of 32 inputs, since quantization_config has group_size "
                  + "32, found 2 groups in parts.safetensors; the file is damaged");
    }
    assertThatThrownBy(() -> open(Parts.compressed(), config, DType.F32))
        .hasMessageStartingWith("a.weight_scale: expected 1 groups of 32 inputs");
  }

  /** 32 inputs are two groups of 24, of which one would be smaller: which one is not said. */
  @Test
  void aSizeOfGroupsThatDoesNotDivideTheInputsIsRefusedUnlessTheFileListsGroups()
      throws IOException {
    QuantizationConfig config = new QuantizationConfig(OptionalInt.of(24), false, false);
    for (Parts parts : new Parts[] {Parts.awq(), Parts.gptq8()}) {
      assertThatThrownBy(() -> open(parts, config, DType.F32))
          .hasMessage(
              "a.scales: expected a multiple of 24 inputs, since quantization_config has group_size "
                  + "24, found 32 inputs in 2 groups in parts.safetensors; the file is damaged, "
                  + "fetch it again");
    }
    assertThatThrownBy(
            () -> open(Parts.compressed().ints("a.weight_g_idx", 0, 32), config, DType.F32))
        .hasMessageStartingWith("a.weight_scale: expected a multiple of 24 inputs, since ");
    assertThat(open(Parts.gptq(), config, DType.F32).tensor("a.weight").getFloat(0)).isEqualTo(-8);
  }

  /** Of AWQ, that stores zero points as they are, these are ordinary ones. */
  @Test
  void zeroPointsOfOnesAreReadWhereTheyAreNotOneLess() throws IOException {
    Parts parts = Parts.awq().ints("a.qzeros", -1, 2, 2);
    assertThat(open(parts, QuantizationConfig.NONE, DType.F32).tensor("a.weight").toFloats())
        .containsOnly(-15);
  }

  @Test
  void zeroPointsOfTheSecondVersionOfGptqAreNamed() throws IOException {
    QuantizationConfig symmetric = new QuantizationConfig(OptionalInt.of(16), true, false);
    assertThat(open(Parts.gptq(), symmetric, DType.F32).tensor("a.weight").getFloat(0))
        .isEqualTo(-8);
    assertThatThrownBy(() ->
            open(Parts.gptq().ints("a.qzeros", 0x88888888, 2, 2), symmetric, DType.F32)
                .tensor("a.weight"))
        .hasMessageStartingWith(
            "a.qzeros: expected 7 everywhere, since quantization_config has sym true, found 8 in "
                + "group 0 of output 0 in parts.safetensors; version 2 (gptq_v2)");
    assertThatThrownBy(() ->
            open(Parts.gptq8().ints("a.qzeros", 0x7f7f7f7e, 2, 4), symmetric, DType.F32)
                .tensor("a.weight"))
        .hasMessageContaining("expected 127 everywhere")
        .hasMessageEndingWith("; the file is damaged, fetch it again");
    assertThatThrownBy(() ->
            open(Parts.gptq().ints("a.qzeros", -1, 2, 2), symmetric, DType.F32).tensor("a.weight"))
        .hasMessageContaining("has sym true, found 15 in group 0 of output 0 in parts.safetensors")
        .hasMessageEndingWith("; the file is damaged, fetch it again");
  }

  @Test
  void anOrderOfGroupsThatIsSaidAndMissingIsRefused() throws IOException {
    QuantizationConfig ordered = new QuantizationConfig(OptionalInt.of(16), false, true);
    open(Parts.gptq(), ordered, DType.F32).tensor("a.weight");
    assertThatThrownBy(() -> open(Parts.gptq().without("a.g_idx"), ordered, DType.F32))
        .hasMessageStartingWith(
            "a.g_idx: expected the group of each input, since quantization_config has desc_act, "
                + "found none");
  }

  static Stream<Arguments> others() {
    return Stream.of(
        Arguments.of("a.weight.absmax", "bitsandbytes, 4 bits"),
        Arguments.of("a.SCB", "bitsandbytes, 8 bits"),
        Arguments.of("a.weight_scale_inv", "fp8"),
        Arguments.of("a.B", "Marlin"));
  }

  @ParameterizedTest
  @MethodSource("others")
  void otherFormatsAreNamedByTheirTensors(String tensor, String format) {
    Parts parts = new Parts().zeros(tensor, DType.F32, 4);
    assertThatThrownBy(() -> open(parts, QuantizationConfig.NONE, DType.F32))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(tensor + ": expected weights in a format that Loupe reads, found ")
        .hasMessageContaining(format + " in parts.safetensors; take a checkpoint in AWQ (gemm)");
  }

  @Test
  void anOrdinaryCheckpointStaysWhatItIs() throws IOException {
    Parts parts = new Parts().zeros("a.weight", DType.BF16, 16, 32);
    assertThat(open(parts, QuantizationConfig.NONE, DType.F32)).isSameAs(parts);
  }

  @Test
  void aMatrixTakesThePlaceOfTheParts() throws IOException {
    Parts parts = Parts.awq().zeros("norm.weight", DType.BF16, 16);
    ModelWeights weights = open(parts, QuantizationConfig.NONE, DType.F16);
    assertThat(weights.names()).containsExactly("a.weight", "a.bias", "norm.weight");
    assertThat(weights.stored("a.weight").shape()).isEqualTo(Shape.of(16, 32));
    assertThat(weights.stored("a.weight").type().dtype()).contains(DType.F16);
    assertThat(weights.byteSize()).isEqualTo(16 * 32 * 2 + 16 * 2 + 16 * 2);
    assertThat(weights.tensor("norm.weight").dtype()).isEqualTo(DType.BF16);
    assertThat(weights.origin("a.weight")).isEqualTo("parts.safetensors");
    assertThatThrownBy(() -> weights.tensor("a.weight", Shape.of(32, 16)))
        .hasMessage(
            "a.weight: expected [32, 16], found [16, 32] in parts.safetensors; the file is damaged, "
                + "or config.json is that of another model");
    Tensor before = weights.tensor("a.weight");
    weights.release("a.weight");
    assertThat(before.segment().scope().isAlive()).isFalse();
    assertThat(weights.tensor("a.weight").getFloat(5)).isEqualTo(-8);
    weights.close();
    assertThatThrownBy(() -> weights.tensor("a.weight")).isInstanceOf(IllegalStateException.class);
  }

  /** As AutoRound writes them in the layout of GPTQ. */
  @Test
  void scalesMayBeNegative() throws IOException {
    short negative = Float.floatToFloat16(-0.5f);
    Parts parts = Parts.gptq().halves("a.scales", negative, 2, 16);
    assertThat(open(parts, QuantizationConfig.NONE, DType.F16).tensor("a.weight").toFloats())
        .containsOnly(4);
  }

  @Test
  void whereABiasIsAddedFollowsTheFormatAndZerosAreLeftOut() throws IOException {
    short one = Float.floatToFloat16(1);
    assertThat(layout(Parts.awq())).isEqualTo(new LinearLayout(true, true));
    assertThat(layout(Parts.gptq())).isEqualTo(new LinearLayout(false, true));
    assertThat(layout(Parts.gptq().zeros("a.bias", DType.F16, 16)))
        .isEqualTo(new LinearLayout(false, true));
    assertThat(layout(Parts.compressed().halves("a.bias", one, 16)))
        .isEqualTo(new LinearLayout(true, false));
    assertThat(layout(new Parts().zeros("a.weight", DType.F16, 4, 4)))
        .isEqualTo(LinearLayout.PLAIN);
    assertThatThrownBy(() -> layout(Parts.gptq().zeros("a.bias", DType.F16, 17)))
        .hasMessageStartingWith("a.bias: expected F32, BF16 or F16 [16], found F16 [17]");
  }

  private static LinearLayout layout(Parts parts) throws IOException {
    return open(parts, QuantizationConfig.NONE, DType.F32).layout("a");
  }

  @Test
  void zeroPointsAndGroupsOfCompressedTensorsAreRead() throws IOException {
    Parts parts =
        Parts.compressed()
            .ints("a.weight_zero_point", 0x11111111, 2, 2)
            .ints("a.weight_g_idx", 1, 32);
    Tensor weight = open(parts, QuantizationConfig.NONE, DType.F32).tensor("a.weight");
    assertThat(weight.toFloats()).containsOnly(-1);
    parts.tensors().get("a.weight_scale").segment().fill((byte) 0);
    parts.tensors().get("a.weight_scale").segment().set(Tensor.HALF, 2, Float.floatToFloat16(2));
    float[] changed = open(parts, QuantizationConfig.NONE, DType.F32).tensor("a.weight").toFloats();
    assertThat(changed[0]).as("all inputs are in the second group").isEqualTo(-2);
    parts.ints("a.weight_g_idx", -1, 32);
    assertThat(open(parts, QuantizationConfig.NONE, DType.F32).tensor("a.weight").getFloat(0))
        .as("an order that is not used")
        .isZero();
  }

  /** 4,096 by 8,192, so that the cache keeps it. */
  @Test
  void theCacheKeepsWhatWasDequantisedForEachTypeAndAnswersTheSame(@TempDir Path folder)
      throws IOException {
    Parts parts =
        new Parts()
            .ints("a.qweight", 0x13579bdf, 8192, 512)
            .ints("a.qzeros", 0x76543210, 64, 512)
            .halves("a.scales", Float.floatToFloat16(0.007f), 64, 4096);
    SafetensorsWriter.write(folder.resolve("model.safetensors"), parts.tensors(), Map.of());
    float[] first = output(folder, DType.F32, false);
    assertThat(output(folder, DType.F32, true)).isEqualTo(first);
    float[] half = output(folder, DType.F16, false);
    assertThat(half).as("another file").isNotEqualTo(first);
    assertThat(output(folder, DType.F16, true)).isEqualTo(half);
  }

  /** What the layer makes of a row of ones. */
  private static float[] output(Path folder, DType compute, boolean cached) throws IOException {
    ModelWeights weights = open(Checkpoint.open(folder), QuantizationConfig.NONE, compute);
    NumericsProfile profile = NumericsProfile.of(compute, AttentionKind.SDPA);
    try (Backend backend = Backend.open(2);
        Arena arena = Arena.ofShared();
        Workspace w = new Workspace(backend, profile, NumericsTrace.NONE);
        WeightsCache cache =
            WeightsCache.open(
                weights,
                Optional.of(folder.resolve("cache")),
                compute,
                backend,
                Assertions::fail)) {
      assertThat(cache.cached()).isEqualTo(cached);
      Linear linear =
          new LayerLoader(cache, arena, backend, compute, bytes -> {})
              .linearWithoutBias(ModuleId.of(Part.DECODER, "a"), 4096, 8192);
      cache.complete();
      float[] ones = new float[8192];
      Arrays.fill(ones, 1);
      return linear.forward(Tensor.ofFloats(arena, ones, 1, 8192), w).toFloats();
    }
  }
}
