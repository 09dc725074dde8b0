package dev.loupe.weights.quantised;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.QuantisedType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.StoredIntegers;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.ModelWeights;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which quantised layers keep their integers in float32, and in which panels. */
class KeptIntegersTest {
  private static final Backend BACKEND = Backend.open(1);

  @AfterAll
  static void close() {
    BACKEND.close();
  }

  /** Two groups of so many inputs each, 16 outputs. */
  private static Parts awq(int size) {
    return Parts.awq().ints("a.qweight", 0, 2 * size, 2);
  }

  private static Parts gptq(int size) {
    return Parts.gptq().ints("a.qweight", 0, size / 4, 16).without("a.g_idx");
  }

  private static Parts gptq8(int size) {
    return Parts.gptq8().ints("a.qweight", 0, size / 2, 16);
  }

  private static Parts compressed(int size) {
    return Parts.compressed()
        .ints("a.weight_packed", 0, 16, size / 4)
        .longs("a.weight_shape", 16, 2 * size);
  }

  private static Parts order(int size, int first) {
    Parts parts = gptq(size).ints("a.g_idx", 0, 2 * size);
    for (int k = 0; k < 2 * size; k++) {
      parts.word("a.g_idx", k, k < size ? first : 1 - first);
    }
    return parts;
  }

  static Stream<Arguments> kept() {
    return Stream.of(
        Arguments.of(awq(32), 32, QuantisedType.INT4_ZEROS),
        Arguments.of(awq(64), 64, QuantisedType.INT4_ZEROS),
        Arguments.of(awq(128), 128, QuantisedType.INT4_ZEROS_BY_128),
        Arguments.of(awq(256), 256, QuantisedType.INT4_ZEROS_BY_128),
        Arguments.of(gptq(32), 32, QuantisedType.INT4),
        Arguments.of(order(32, 0), 32, QuantisedType.INT4),
        Arguments.of(gptq(128), 128, QuantisedType.INT4_BY_128),
        Arguments.of(
            gptq(128).ints("a.qzeros", 0x77777776, 2, 2), 128, QuantisedType.INT4_ZEROS_BY_128),
        Arguments.of(gptq8(32), 32, QuantisedType.INT8),
        Arguments.of(gptq8(128), 128, QuantisedType.INT8_BY_128),
        Arguments.of(compressed(128), 128, QuantisedType.INT4_BY_128),
        Arguments.of(
            compressed(32).ints("a.weight_zero_point", 0, 2, 2), 32, QuantisedType.INT4_ZEROS),
        Arguments.of(
            compressed(32).zeros("a.weight_scale", DType.BF16, 16, 2), 32, QuantisedType.INT4));
  }

  @ParameterizedTest
  @MethodSource
  void kept(Parts parts, int size, QuantisedType type) throws IOException {
    assertThat(panels(parts, size)).contains(type);
  }

  static Stream<Arguments> writtenOut() {
    Parts fine = compressed(32).zeros("a.weight_scale", DType.F32, 16, 2);
    fine.tensors().get("a.weight_scale").segment().set(Tensor.FLOAT, 0, 0.1f);
    return Stream.of(
        Arguments.of(awq(16), 16),
        Arguments.of(awq(48), 48),
        Arguments.of(order(32, 1), 32),
        Arguments.of(gptq8(32).ints("a.qzeros", 0x7f7f7f7e, 2, 4), 32),
        Arguments.of(fine, 32));
  }

  /** Other groups, another order, and scales that float16 does not hold. */
  @ParameterizedTest
  @MethodSource
  void writtenOut(Parts parts, int size) throws IOException {
    assertThat(panels(parts, size)).isEmpty();
  }

  private static Optional<QuantisedType> panels(Parts parts, int size) throws IOException {
    return open(parts, DType.F32)
        .integers("a.weight", Shape.of(16, 2 * size))
        .map(StoredIntegers::type);
  }

  @Test
  void integersOfAnotherShapeAreRefusedAndHalvesHaveNone() throws IOException {
    ModelWeights weights = open(awq(32), DType.F32);
    assertThatThrownBy(() -> weights.integers("a.weight", Shape.of(64, 16)))
        .hasMessageStartingWith("a.weight: expected [64, 16], found [16, 64] in parts.safetensors");
    assertThat(open(awq(32), DType.F16).integers("a.weight", Shape.of(16, 64))).isEmpty();
  }

  private static ModelWeights open(ModelWeights parts, DType compute) throws IOException {
    return DequantisedWeights.of(parts, QuantizationConfig.NONE, compute, BACKEND);
  }
}
