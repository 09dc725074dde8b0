package dev.loupe.weights.quantised;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.HalfFormat;
import dev.loupe.tensor.LinearLayout;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightSource;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.testkit.TestFiles;
import dev.loupe.weights.Checkpoint;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One matrix of 48 by 64 in six formats, with tiny, large, constant and one-signed columns, against
 * {@code make_quantised.py}, which packs and unpacks with numpy and multiplies with PyTorch.
 */
class PackingGoldenTest {
  private static final int OUTPUTS = 48;
  private static final int INPUTS = 64;

  /** In percent: ten times what was measured in float32, where the order of additions shows. */
  private static final double ORDER_OF_ADDITIONS = 2e-3;

  private static final List<String> FORMATS =
      List.of("awq", "gptq4", "gptq8", "gptq4-act", "ct-w4a16", "ct-w8a16");

  private static final Map<DType, String> NAMES =
      Map.of(DType.F32, "float32", DType.BF16, "bfloat16", DType.F16, "float16");

  static Stream<String> formats() {
    return FORMATS.stream();
  }

  static Stream<Arguments> formatsAndTypes() {
    return FORMATS.stream()
        .flatMap(format -> NAMES.keySet().stream().map(dtype -> Arguments.of(format, dtype)));
  }

  private static Checkpoint golden() throws IOException {
    return Checkpoint.of(
        SafetensorsFile.open(TestFiles.resource("goldens/quantised/packing.safetensors")));
  }

  private static ModelWeights dequantised(DType dtype, Backend backend) throws IOException {
    return DequantisedWeights.of(golden(), QuantizationConfig.NONE, dtype, backend);
  }

  @ParameterizedTest
  @MethodSource("formatsAndTypes")
  void everyBitOfEveryWeightIsThatOfTheReference(String format, DType dtype) throws IOException {
    try (Backend backend = Backend.open(2);
        ModelWeights weights = dequantised(dtype, backend);
        Checkpoint golden = golden()) {
      Tensor expected = golden.tensor(format + ".dequantised." + NAMES.get(dtype));
      Tensor ours = weights.tensor(format + ".weight");
      assertThat(ours.dtype()).isEqualTo(dtype);
      assertThat(ours.shape()).isEqualTo(expected.shape());
      assertThat(ours.segment().mismatch(expected.segment())).isEqualTo(-1);
    }
  }

  /** AWQ and GPTQ round before the bias and after it, compressed-tensors rounds once. */
  @ParameterizedTest
  @MethodSource("formatsAndTypes")
  void everyProductHasTheRoundingsOfTheReference(String format, DType dtype) throws IOException {
    try (Backend backend = Backend.open(2);
        ModelWeights weights = dequantised(dtype, backend);
        Checkpoint golden = golden();
        Arena arena = Arena.ofShared();
        Workspace w = new Workspace(backend, profile(dtype), NumericsTrace.NONE)) {
      Tensor y = product(weights, format, dtype, arena, w);
      Tensor expected = golden.tensor(format + ".out." + NAMES.get(dtype));
      for (int i = 0; i < expected.shape().elements(); i++) {
        if (dtype == DType.F32) {
          assertThat(y.getFloat(i))
              .as("element %d", i)
              .isCloseTo(expected.getFloat(i), withinPercentage(ORDER_OF_ADDITIONS));
        } else {
          assertThat(y.getFloat(i)).as("element %d", i).isEqualTo(expected.getFloat(i));
        }
      }
    }
  }

  /** In the same order of additions, whether weights were written out before or are formed. */
  @ParameterizedTest
  @MethodSource("formats")
  void keptIntegersHaveTheProductsOfTheWeightsWrittenOut(String format) throws IOException {
    try (Backend backend = Backend.open(2);
        ModelWeights weights = dequantised(DType.F32, backend);
        Arena arena = Arena.ofShared();
        Workspace w = new Workspace(backend, profile(DType.F32), NumericsTrace.NONE)) {
      boolean kept = weights.integers(format + ".weight", Shape.of(OUTPUTS, INPUTS)).isPresent();
      assertThat(kept).isEqualTo(!format.equals("gptq4-act"));
      Tensor formed = product(weights, format, DType.F32, arena, w);
      Tensor written = product(new WrittenOut(weights), format, DType.F32, arena, w);
      assertThat(formed.segment().mismatch(written.segment())).isEqualTo(-1);
    }
  }

  /** The same weights, which do not say that they are integers. */
  private record WrittenOut(ModelWeights weights) implements WeightSource {
    @Override
    public Set<String> names() {
      return weights.names();
    }

    @Override
    public Tensor tensor(String name) throws IOException {
      return weights.tensor(name);
    }

    @Override
    public String origin(String name) {
      return weights.origin(name);
    }

    @Override
    public LinearLayout layout(String layer) throws IOException {
      return weights.layout(layer);
    }
  }

  private static NumericsProfile profile(DType dtype) {
    NumericsProfile profile = NumericsProfile.of(dtype, AttentionKind.EAGER);
    return dtype == DType.F16 ? profile.with(Accumulation.TORCH_CPU) : profile;
  }

  private static Tensor product(
      WeightSource weights, String format, DType dtype, Arena arena, Workspace w)
      throws IOException {
    LayerLoader layers = new LayerLoader(weights, arena, w.backend(), dtype, bytes -> {});
    float[] x = weights.tensor("x").toFloats();
    for (int i = 0; i < x.length; i++) {
      x[i] = dtype == DType.F32 ? x[i] : HalfFormat.of(dtype).round(x[i]);
    }
    return layers
        .linear(ModuleId.of(Part.DECODER, format), OUTPUTS, INPUTS)
        .forward(Tensor.ofFloats(arena, x, x.length / INPUTS, INPUTS), w);
  }
}
