package dev.loupe.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.testkit.NamedPipe;
import dev.loupe.weights.safetensors.Crafted;
import dev.loupe.weights.safetensors.SafetensorsFile;
import dev.loupe.weights.safetensors.SafetensorsIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  @TempDir Path folder;

  private void file(String name, String... tensors) throws IOException {
    Crafted.file(folder.resolve(name), tensors);
  }

  private void index(String json) throws IOException {
    Files.writeString(folder.resolve(SafetensorsIndex.FILE), json);
  }

  private void refused(String... parts) {
    assertThatThrownBy(() -> Checkpoint.open(folder).close())
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void oneFileIsReadUnderPublishedNames() throws IOException {
    file(
        "model.safetensors",
        "model.language_model.norm.weight",
        "model.visual.x",
        "lm_head.weight");
    try (Checkpoint c = Checkpoint.open(folder)) {
      assertThat(c.names()).containsExactly("model.norm.weight", "visual.x", "lm_head.weight");
      assertThat(c.storedName("visual.x")).isEqualTo("model.visual.x");
      assertThat(c.origin("visual.x")).isEqualTo("model.safetensors");
      assertThat(c.tensor("visual.x").segment().get(Tensor.INT, 0)).isEqualTo(0x0b0a0908);
    }
  }

  @Test
  void theSingleFileWinsOverOthersAsInTransformers() throws IOException {
    file("model.safetensors", "a");
    file("adapter.safetensors", "a", "b");
    index("broken");
    try (Checkpoint c = Checkpoint.open(folder)) {
      assertThat(c.names()).containsExactly("a");
    }
  }

  @Test
  void shardsAreReadByTheirIndex() throws IOException {
    file(FIRST, "visual.a", "spare");
    file(SECOND, "model.b", "lm_head.weight");
    index(
        """
        {"metadata": {"total_size": 24, "more": [1, {"x": 2}]},
         "weight_map": {"model.b": "%s", "visual.a": "%s", "lm_head.weight": "%s"}}
        """
            .formatted(SECOND, FIRST, SECOND));
    try (Checkpoint c = Checkpoint.open(folder)) {
      assertThat(c.names()).containsExactly("visual.a", "model.b", "lm_head.weight");
      assertThat(c.origin("model.b")).isEqualTo(SECOND);
      assertThat(c.files()).extracting(SafetensorsFile::name).containsExactly(FIRST, SECOND);
    }
  }

  @Test
  void shardsWithoutAnIndexAreReadTogether() throws IOException {
    file(SECOND, "model.b");
    file(FIRST, "visual.a");
    try (Checkpoint c = Checkpoint.open(folder)) {
      assertThat(c.names()).containsExactly("visual.a", "model.b");
    }
  }

  @Test
  void aShardThatTheIndexNamesButTheFolderLacksIsNamed() throws IOException {
    file(FIRST, "a");
    index("{\"weight_map\":{\"a\":\"%s\",\"b\":\"%s\"}}".formatted(FIRST, SECOND));
    refused(SECOND + ": expected in " + folder, "1 of 2 files missing", "fetch it again");
  }

  @Test
  void aShardMissingFromANumberedSeriesIsNamed() throws IOException {
    file("model-00001-of-00003.safetensors", "a");
    file("model-00003-of-00003.safetensors", "b");
    refused("model-00002-of-00003.safetensors: expected in", "1 of 3 files missing");
  }

  @Test
  void anIndexEntryThatItsShardLacksIsRefused() throws IOException {
    file(FIRST, "a");
    index("{\"weight_map\":{\"a\":\"%s\",\"b\":\"%s\"}}".formatted(FIRST, FIRST));
    refused("b: expected in " + FIRST, SafetensorsIndex.FILE, "only 1 other tensors");
  }

  @Test
  void aTensorInTwoFilesIsRefused() throws IOException {
    file("a.safetensors", "x", "y");
    file("b.safetensors", "y");
    refused("y: expected once", "y in a.safetensors", "y in b.safetensors");
  }

  @Test
  void twoSpellingsOfOneNameAreRefused() throws IOException {
    file("model.safetensors", "visual.x", "model.visual.x");
    refused("visual.x: expected once", "as visual.x in", "as model.visual.x in");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"weight_map\":{}}",
        "{\"weight_map\":[]}",
        "{\"weight_map\":{\"a\":1}}",
        "{\"weight_map\":{\"a\":\"f\",\"a\":\"g\"}}",
        "{\"weight_map\":{\"a\":\"f\"}} x"
      })
  void anIndexThatIsNoIndexIsRefused(String json) throws IOException {
    index(json);
    refused(SafetensorsIndex.FILE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../secret.safetensors",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a\\\\b",
        "\\\\\\\\host\\\\share\\\\a.safetensors",
        "//host/share/a.safetensors",
        "C:a.safetensors",
        "file:a.safetensors",
        "a\\u0000b",
        "a\\nb"
      })
  void anIndexThatLeavesItsFolderIsRefused(String shard) throws IOException {
    index("{\"weight_map\":{\"a\":\"%s\"}}".formatted(shard));
    refused("a: expected the name of a file beside the index");
  }

  /** Files of the Hugging Face cache are links, so a link is followed; what it leads to counts. */
  @Test
  void aShardThatLeadsToADeviceIsRefused() throws IOException {
    Path zero = Path.of("/dev/zero");
    assumeTrue(Files.exists(zero), "no devices here");
    Files.createSymbolicLink(folder.resolve("a.safetensors"), zero);
    index("{\"weight_map\":{\"a\":\"a.safetensors\"}}");
    refused("a.safetensors: expected a regular file, found a pipe or device");
  }

  @Test
  void aShardThatLeadsToAnotherFileIsRefusedUnlessItIsOne() throws IOException {
    Path other = Files.writeString(folder.resolve("passwd"), "root:x:0:0:root:/root:/bin/sh\n");
    Files.createSymbolicLink(folder.resolve("a.safetensors"), other);
    index("{\"weight_map\":{\"a\":\"a.safetensors\"}}");
    refused("a.safetensors: expected a header", "this is no safetensors file");
  }

  @Test
  @Timeout(60) // It would wait for ever.
  void aPipeInThePlaceOfAShardOrAnIndexIsRefused() throws Exception {
    NamedPipe.create(folder.resolve(SafetensorsIndex.FILE));
    refused(SafetensorsIndex.FILE + ": expected a regular file, found a pipe or device");
    NamedPipe.create(folder.resolve("model.safetensors"));
    refused("model.safetensors: expected a regular file, found a pipe or device");
  }

  /** An exceeded limit of the parser has no place in the text. */
  @Test
  void anIndexBeyondTheLimitsOfTheParserIsRefused() throws IOException {
    String deep = "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000);
    String longNumber = "{\"a\":" + "1".repeat(100_000) + "}";
    String longName = "{\"weight_map\":{\"" + "a".repeat(1_000_000) + "\":\"a.safetensors\"}}";
    for (String json : List.of(deep, longNumber, longName)) {
      index(json);
      refused(SafetensorsIndex.FILE + ": expected valid JSON without duplicate keys, found: ");
    }
  }

  @Test
  void namesArePrintableInMessages() throws IOException {
    file("a.safetensors", "a");
    index("{\"weight_map\":{\"x\\u001b[2J\\n\\u202e\":\"a.safetensors\"}}");
    refused("x\\u001b[2J\\u000a\\u202e: expected in a.safetensors");
  }

  @Test
  void anAdapterBesideTheWeightsIsNoPartOfThem() throws IOException {
    file("a.safetensors", "a");
    file("adapter_model.safetensors", "base_model.model.a.lora_A.weight");
    try (Checkpoint c = Checkpoint.open(folder)) {
      assertThat(c.names()).containsExactly("a");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"adapter_model.safetensors", "adapter_model.bin", "adapter_config.json"})
  void anAdapterInPlaceOfTheWeightsIsNamedWithARemedy(String file) throws IOException {
    Files.createFile(folder.resolve(file));
    refused(
        "found only " + file + "; this is an adapter, not a model; merge it", "merge_and_unload");
  }

  @Test
  void aNumberedSeriesIsCountedInTheSameDigitsInEveryLanguage() throws IOException {
    file(FIRST, "a");
    file(SECOND, "b");
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("fa-u-nu-arabext"));
    try {
      try (Checkpoint c = Checkpoint.open(folder)) {
        assertThat(c.names()).containsExactly("a", "b");
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void aDamagedShardIsRefusedByName() throws IOException {
    file(FIRST, "a");
    Files.write(folder.resolve(SECOND), new byte[5]);
    refused(SECOND + ": expected a safetensors file of at least 8 bytes, found 5 bytes");
  }

  @Test
  void aMissingTensorIsNamedWithTheFolder() throws IOException {
    file("model.safetensors", "a");
    try (Checkpoint c = Checkpoint.open(folder)) {
      assertThatThrownBy(() -> c.tensor("model.norm.weight"))
          .isInstanceOf(IOException.class)
          .hasMessage("model.norm.weight: expected in %s, found only 1 other tensors", folder);
      assertThat(c.origin("model.norm.weight")).isEqualTo(folder.toString());
    }
  }

  @Test
  void aTensorOfAnotherShapeOrTypeIsRefusedByThePort() throws IOException {
    file("model.safetensors", "a");
    try (Checkpoint c = Checkpoint.open(folder)) {
      assertThat(c.tensor("a", Shape.of(2))).isEqualTo(c.tensor("a"));
      assertThatThrownBy(() -> c.tensor("a", Shape.of(3)))
          .isInstanceOf(IOException.class)
          .hasMessage("a: expected [3], found [2] in model.safetensors");
    }
    Files.write(
        folder.resolve("model.safetensors"),
        Crafted.bytes("{" + Crafted.entry("a", "I64", "[1]", 0, 8) + "}", 8));
    try (Checkpoint c = Checkpoint.open(folder)) {
      assertThatThrownBy(() -> c.tensor("a", Shape.of(1)))
          .isInstanceOf(IOException.class)
          .hasMessage("a: expected F32, BF16 or F16, found I64 in model.safetensors");
    }
  }

  @Test
  void aTensorIsReleasedByItsPublishedName() throws IOException {
    file("model.safetensors", "model.visual.x");
    try (Checkpoint c = Checkpoint.open(folder)) {
      Tensor before = c.tensor("visual.x");
      c.release("visual.x");
      c.release("nothing of this name");
      assertThatThrownBy(() -> before.getFloat(0)).isInstanceOf(IllegalStateException.class);
      assertThat(c.tensor("visual.x").segment().get(Tensor.INT, 0)).isEqualTo(0x03020100);
    }
  }

  @Test
  void useAfterCloseIsAnIllegalState() throws IOException {
    file("model.safetensors", "a");
    Checkpoint c = Checkpoint.open(folder);
    Tensor before = c.tensor("a");
    c.close();
    c.close();
    assertThatThrownBy(() -> c.tensor("a")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> before.getFloat(0)).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "model.pth", "model.pt"})
  void pickledWeightsAreNamedWithARemedy(String name) throws IOException {
    Files.createFile(folder.resolve(name));
    refused("expected *.safetensors, found " + name, "save_pretrained");
  }

  @Test
  void ggufIsNamedWithARemedy() throws IOException {
    Files.createFile(folder.resolve("qwen2-vl-q4_k_m.GGUF"));
    refused("expected *.safetensors, found qwen2-vl-q4_k_m.GGUF", "original checkpoint");
  }

  @Test
  void aFolderWithoutWeightsIsRefused() {
    refused(folder + ": expected model.safetensors or " + SafetensorsIndex.FILE, "found neither");
  }
}
