package dev.loupe.weights.quantised;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.io.Json;
import dev.loupe.io.JsonException;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.testkit.Fuzz;
import dev.loupe.testkit.Mutations;
import dev.loupe.weights.Checkpoint;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.safetensors.SafetensorsFile;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged quantised layers are read or refused in words, and nothing else happens. */
class QuantisedFuzzTest {
  private static final List<byte[]> CONFIGS =
      Stream.of(
              "{\"quantization_config\": {\"bits\": 4, \"group_size\": 128, \"quant_method\": \"awq\","
                  + " \"version\": \"gemm\", \"zero_point\": true}}",
              "{\"quantization_config\": {\"bits\": 8, \"group_size\": 128, \"sym\": true,"
                  + " \"quant_method\": \"gptq\", \"checkpoint_format\": \"gptq\"}}",
              "{\"quantization_config\": {\"quant_method\": \"compressed-tensors\", \"format\":"
                  + " \"pack-quantized\", \"config_groups\": {\"group_0\": {\"input_activations\":"
                  + " null, \"weights\": {\"num_bits\": 4, \"type\": \"int\", \"group_size\": 128,"
                  + " \"strategy\": \"group\"}}}}}")
          .map(text -> text.getBytes(StandardCharsets.UTF_8))
          .toList();

  private static final Backend BACKEND = Backend.scalar(1);

  @TempDir private Path folder;

  /** Files of one layer each. */
  private List<byte[]> files() throws IOException {
    List<byte[]> files = new ArrayList<>();
    for (Parts parts : List.of(Parts.awq(), Parts.gptq(), Parts.gptq8(), Parts.compressed())) {
      files.add(file(parts.tensors()));
    }
    Map<String, Tensor> all = new LinkedHashMap<>();
    Parts.compressed()
        .ints("a.weight_zero_point", 0x11111111, 2, 2)
        .ints("a.weight_g_idx", 1, 32)
        .tensors()
        .forEach((name, tensor) -> all.put("model.layers.0.mlp" + name.substring(1), tensor));
    files.add(file(all));
    return files;
  }

  private byte[] file(Map<String, Tensor> tensors) throws IOException {
    Path file = folder.resolve("model.safetensors");
    SafetensorsWriter.write(file, tensors, Map.of());
    return Files.readAllBytes(file);
  }

  /** What is accepted has finite weights, all of them. */
  private static void read(byte[] content) throws IOException {
    SafetensorsFile file = SafetensorsFile.read("f", new ByteArrayInputStream(content));
    try (ModelWeights weights =
        DequantisedWeights.of(Checkpoint.of(file), QuantizationConfig.NONE, DType.F32, BACKEND)) {
      for (String name : weights.names()) {
        weights.layout(name.substring(0, Math.max(0, name.lastIndexOf('.'))));
      }
      if (weights instanceof DequantisedWeights dequantised) {
        for (String layer : dequantised.layers().keySet()) {
          for (float weight : weights.tensor(layer + ".weight").toFloats()) {
            assertThat(Float.isFinite(weight)).isTrue();
          }
        }
      }
    }
  }

  private static void readConfig(byte[] content) throws IOException {
    try {
      QuantizationConfig.of(Json.read(content).values());
    } catch (JsonException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private void fuzz(long seed, long count) throws IOException {
    Fuzz layers = Fuzz.of(new Mutations(seed, files()), count, QuantisedFuzzTest::read);
    assertThat(layers.accepted()).isGreaterThan(count / 100);
    assertThat(layers.refused()).isGreaterThan(count / 4);
    Fuzz configs = Fuzz.of(new Mutations(seed + 1, CONFIGS), count, QuantisedFuzzTest::readConfig);
    assertThat(configs.accepted()).isGreaterThan(count / 100);
    assertThat(configs.refused()).isGreaterThan(count / 4);
  }

  @Test
  void aDamagedLayerOrConfigurationIsReadOrRefusedInWords() throws IOException {
    fuzz(1, 30_000);
  }

  @Test
  @Tag("exhaustive")
  void aMillionDamagedLayersAndConfigurationsAreReadOrRefusedInWords() throws IOException {
    fuzz(3, 1_000_000);
  }
}
