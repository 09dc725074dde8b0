package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.engine.synthetic.SyntheticModel;
import dev.loupe.engine.synthetic.SyntheticShape;
import dev.loupe.tensor.Shape;
import dev.loupe.weights.StoredTensor;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Folders with the names, shapes and configuration of the quantised checkpoints that Qwen
 * publishes. Their sizes were computed apart, and agree with the memory that the README of Qwen2-VL
 * gives for them.
 */
class PublishedQuantisedTest {
  private static final int GROUP = 128;
  private static final long SHARD = 3_980_000_000L;
  private static final String B72 =
      "synthetic:7b:hidden=8192:intermediate=29696:layers=80:heads=64:kv_heads=8";

  @TempDir private Path folder;

  /** A published checkpoint: tensors, bytes of all, bytes that a token reads. */
  enum Published {
    AWQ_2B("synthetic:2b", 4, 1121, 2_478_267_392L, 1.147),
    GPTQ_INT4_2B("synthetic:2b", 4, 1121 + 196, 2_480_303_104L, 1.149),
    GPTQ_INT8_2B("synthetic:2b", 8, 1121 + 196, 3_140_518_912L, 1.810),
    AWQ_7B("synthetic:7b", 4, 1122, 6_922_265_600L, 4.480),
    GPTQ_INT8_7B("synthetic:7b", 8, 1122 + 196, 10_214_929_408L, 7.773),
    AWQ_72B(B72, 4, 2474, 42_994_232_320L, 39.10);

    private final SyntheticModel model;
    private final int bits;
    private final int tensors;
    private final long bytes;
    private final double gigabytesPerToken;

    Published(String model, int bits, int tensors, long bytes, double gigabytesPerToken) {
      this.model = new SyntheticModel(model);
      this.bits = bits;
      this.tensors = tensors;
      this.bytes = bytes;
      this.gigabytesPerToken = gigabytesPerToken;
    }

    private boolean isAwq() {
      return name().startsWith("AWQ");
    }

    private Map<String, Object> quantization() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("bits", bits);
      json.put("group_size", GROUP);
      json.put("quant_method", isAwq() ? "awq" : "gptq");
      if (isAwq()) {
        json.put("modules_to_not_convert", List.of("visual"));
        json.put("version", "gemm");
        json.put("zero_point", true);
      } else {
        json.put("desc_act", false);
        json.put("sym", true);
      }
      return json;
    }

    private SequencedMap<String, StoredTensor> tensors() throws IOException {
      SequencedMap<String, StoredTensor> all = new LinkedHashMap<>();
      for (var e : new TreeMap<>(model.definition().tensors()).entrySet()) {
        Shape shape = e.getValue();
        if (e.getKey().startsWith("model.layers.") && shape.rank() == 2) {
          String layer = e.getKey().replaceFirst("weight$", "");
          quantise(layer, (int) shape.dim(0), (int) shape.dim(1), all);
        } else {
          all.put(e.getKey(), stored(StoredType.F16, shape));
        }
      }
      return all;
    }

    private void quantise(String layer, int n, int k, Map<String, StoredTensor> all) {
      int perWord = 32 / bits;
      if (isAwq()) {
        all.put(layer + "qweight", stored(StoredType.I32, Shape.of(k, n / 8)));
      } else {
        all.put(layer + "g_idx", stored(StoredType.I32, Shape.of(k)));
        all.put(layer + "qweight", stored(StoredType.I32, Shape.of(k / perWord, n)));
      }
      all.put(layer + "qzeros", stored(StoredType.I32, Shape.of(k / GROUP, n / perWord)));
      all.put(layer + "scales", stored(StoredType.F16, Shape.of(k / GROUP, n)));
    }

    private static StoredTensor stored(StoredType type, Shape shape) {
      return new StoredTensor(type, shape, "");
    }
  }

  private Path write(Published published) throws IOException {
    Path model = Fixtures.modelIn(folder.resolve("model"));
    Files.delete(model.resolve("model.safetensors"));
    SequencedMap<String, SequencedMap<String, StoredTensor>> files = new LinkedHashMap<>();
    Map<String, String> index = new LinkedHashMap<>();
    long used = SHARD;
    for (var tensor : published.tensors().entrySet()) {
      if (used + tensor.getValue().bytes() > SHARD) {
        used = 0;
        String name = "model-%05d.safetensors".formatted(files.size() + 1);
        files.put(name, new LinkedHashMap<>());
      }
      used += tensor.getValue().bytes();
      files.lastEntry().getValue().put(tensor.getKey(), tensor.getValue());
      index.put(tensor.getKey(), files.lastEntry().getKey());
    }
    try {
      for (var file : files.entrySet()) {
        SparseFile.write(model.resolve(file.getKey()), file.getValue());
      }
    } catch (IOException e) {
      return abort("no sparse files in " + folder + ": " + e);
    }
    Files.writeString(model.resolve("model.safetensors.index.json"), "{}");
    Fixtures.edit(
        model.resolve("model.safetensors.index.json"), json -> json.put("weight_map", index));
    Fixtures.edit(model.resolve("config.json"), json -> configure(published, json));
    return model;
  }

  @SuppressWarnings("unchecked") // These are objects in every config.json.
  private static void configure(Published published, Map<String, Object> json) {
    SyntheticShape shape = published.model.shape();
    json.put("quantization_config", published.quantization());
    json.put("hidden_size", shape.hiddenSize());
    json.put("intermediate_size", shape.intermediateSize());
    json.put("num_hidden_layers", shape.layers());
    json.put("num_attention_heads", shape.heads());
    json.put("num_key_value_heads", shape.kvHeads());
    json.put("vocab_size", shape.vocab());
    json.put("tie_word_embeddings", shape.tied());
    Map<String, Object> tower = (Map<String, Object>) json.get("vision_config");
    tower.put("depth", shape.depth());
    tower.put("embed_dim", shape.embedDim());
    tower.put("num_heads", shape.visionHeads());
    tower.put("hidden_size", shape.hiddenSize());
    ((Map<String, Object>) json.get("rope_scaling")).put("mrope_section", List.of(16, 24, 24));
  }

  @ParameterizedTest
  @EnumSource
  void inspectReadsTheHeadersAloneAndFindsNothingWrong(Published published) throws IOException {
    Path cache = folder.resolve("cache");
    CommandLineRun run = CommandLineRun.of("inspect", "-m", write(published), "--cache-dir", cache);
    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    String total = String.format(Locale.getDefault(), "%,d", published.bytes);
    int layers = published.model.shape().layers();
    assertThat(run.lines())
        .contains(
            line("format", published.isAwq() ? "AWQ (gemm)" : "GPTQ"),
            line("bits", published.bits),
            line("group_size", GROUP),
            line("quantised_layers", 7 * layers))
        .anyMatch(
            row -> row.matches("  all +F16 I32 +%d .* %s".formatted(published.tensors, total)))
        .doesNotContain("unused_tensors");
    String perToken = "  stored_bytes_per_token";
    String read =
        run.lines().stream().filter(l -> l.startsWith(perToken)).findFirst().orElseThrow();
    long bytes = Long.parseLong(read.substring(perToken.length()).strip());
    assertThat(bytes * 1e-9).isCloseTo(published.gigabytesPerToken, within(0.005));
    assertThat(cache).doesNotExist();
  }

  private static String line(String key, Object value) {
    return "  %-24s %s".formatted(key, value);
  }
}
