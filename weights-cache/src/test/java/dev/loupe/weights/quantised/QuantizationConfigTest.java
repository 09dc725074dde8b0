package dev.loupe.weights.quantised;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.io.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code quantization_config} as the published files have it, and what is refused by name. */
class QuantizationConfigTest {

  private static QuantizationConfig read(String quantization) {
    String config = "{\"model_type\": \"qwen2_vl\", \"quantization_config\": " + quantization + "}";
    return QuantizationConfig.of(Json.read(config.getBytes(StandardCharsets.UTF_8)).values());
  }

  private static String compressed(String weights) {
    return "{\"quant_method\": \"compressed-tensors\", \"format\": \"pack-quantized\", "
        + "\"config_groups\": {\"group_0\": {\"input_activations\": null, \"weights\": {"
        + weights
        + "}}}}";
  }

  @Test
  void thePublishedConfigurationsAreRead() {
    assertThat(
            read(
                """
                {"bits": 4, "group_size": 128, "modules_to_not_convert": ["visual"],
                 "quant_method": "awq", "version": "gemm", "zero_point": true}
                """))
        .isEqualTo(new QuantizationConfig(OptionalInt.of(128), false, false));
    assertThat(
            read(
                """
                {"bits": 8, "damp_percent": 0.1, "dataset": null, "desc_act": false,
                 "group_size": 128, "modules_in_block_to_quantize": null, "quant_method": "gptq",
                 "sym": true, "true_sequential": true}
                """))
        .isEqualTo(new QuantizationConfig(OptionalInt.of(128), true, false));
    assertThat(
            read(
                compressed(
                    "\"num_bits\": 4, \"type\": \"int\", \"strategy\": \"group\", "
                        + "\"group_size\": 128, \"symmetric\": true")))
        .isEqualTo(new QuantizationConfig(OptionalInt.of(128), false, false));
    assertThat(read(compressed("\"num_bits\": 8, \"strategy\": \"channel\"")).groups(1536))
        .hasValue(1);
    assertThat(QuantizationConfig.of(Map.of())).isEqualTo(QuantizationConfig.NONE);
  }

  @Test
  void groupsAreCountedFromTheirSize() {
    assertThat(read("{\"quant_method\": \"gptq\", \"group_size\": 128}").groups(1500)).hasValue(12);
    assertThat(read("{\"quant_method\": \"gptq\", \"group_size\": -1}").groups(1536)).hasValue(1);
    assertThat(QuantizationConfig.NONE.groups(1536)).isEmpty();
  }

  static Stream<Arguments> others() {
    return Stream.of(
        other("quant_method", "bitsandbytes", "{\"quant_method\": \"bitsandbytes\"}"),
        other("quant_method", "fp8", "{\"quant_method\": \"fp8\"}"),
        other("quant_method", "hqq", "{\"quant_method\": \"hqq\"}"),
        other("version", "gemv", "{\"quant_method\": \"awq\", \"version\": \"gemv\"}"),
        other("version", "marlin", "{\"quant_method\": \"awq\", \"version\": \"marlin\"}"),
        other("version", "llm-awq", "{\"quant_method\": \"awq\", \"version\": \"llm-awq\"}"),
        other(
            "checkpoint_format",
            "gptq_v2",
            "{\"quant_method\": \"gptq\", \"checkpoint_format\": \"gptq_v2\"}"),
        other(
            "checkpoint_format",
            "marlin",
            "{\"quant_method\": \"gptq\", \"checkpoint_format\": \"marlin\"}"),
        other(
            "format",
            "float-quantized",
            "{\"quant_method\": \"compressed-tensors\", \"format\": \"float-quantized\"}"));
  }

  private static Arguments other(String field, String found, String json) {
    return Arguments.of(field, found, json);
  }

  @ParameterizedTest
  @MethodSource("others")
  void otherFormatsAndVersionsAreRefusedByName(String field, String found, String json) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("quantization_config." + field + ": expected ")
        .hasMessageContaining(", found \"" + found + "\"; Loupe reads AWQ (gemm), GPTQ version 1")
        .hasMessageEndingWith("Qwen/Qwen2-VL-2B-Instruct-AWQ, or the original one");
  }

  @Test
  void otherNumbersOfBitsAndQuantisedActivationsAreRefused() {
    assertThatThrownBy(() -> read("{\"quant_method\": \"awq\", \"bits\": 8}"))
        .hasMessageStartingWith("quantization_config.bits: expected 4, found 8; Loupe reads");
    assertThatThrownBy(() -> read("{\"quant_method\": \"gptq\", \"bits\": 3}"))
        .hasMessageStartingWith("quantization_config.bits: expected 4 or 8, found 3; Loupe reads");
    assertThatThrownBy(() -> read(compressed("\"num_bits\": 2")))
        .hasMessageStartingWith(
            "quantization_config.config_groups.group_0.weights.num_bits: expected 4 or 8, found 2");
    assertThatThrownBy(() -> read(compressed("\"num_bits\": 8, \"type\": \"float\"")))
        .hasMessageContaining("group_0.weights.type: expected int, found \"float\"");
    assertThatThrownBy(() -> read(compressed("\"strategy\": \"block\"")))
        .hasMessageContaining("group_0.weights.strategy: expected group or channel, found \"bloc");
    assertThatThrownBy(() -> read(compressed("").replace("null", "{\"num_bits\": 8}")))
        .hasMessageContaining("group_0.input_activations: expected null, found an object; Loupe");
    assertThatThrownBy(() -> read("{\"quant_method\": \"gptq\", \"is_marlin_format\": true}"))
        .hasMessageContaining("is_marlin_format: expected false, found true");
    assertThatThrownBy(() -> read("{\"load_in_4bit\": true}"))
        .hasMessageStartingWith("quantization_config.quant_method: expected awq, gptq or");
  }
}
