package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import dev.loupe.io.Sha256;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.weights.HuggingFaceCache;
import dev.loupe.weights.ModelDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hash of a model: what changes it, and what does not. */
class ModelHashTest {

  private static final List<String> FILES =
      List.of(
          "config.json",
          "generation_config.json",
          "preprocessor_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "model.safetensors");

  @TempDir Path temporary;
  private Path folder;

  @BeforeEach
  void copy() throws IOException {
    folder = copy("one");
  }

  private Path copy(String name) throws IOException {
    Path copy = Files.createDirectories(temporary.resolve(name));
    for (String file : FILES) {
      try (InputStream in = BuiltInModel.files().open(file)) {
        Files.copy(in, copy.resolve(file));
      }
    }
    return copy;
  }

  private static String hash(Path folder, LoadOptions options) throws IOException {
    return ModelHash.of(ModelDirectory.of(folder), options);
  }

  private String hash() throws IOException {
    return hash(folder, LoadOptions.defaults().noCache());
  }

  @Test
  void theSameContentElsewhereHasTheSameHash() throws IOException {
    String hash = hash();
    Path cache = temporary.resolve("cache");

    assertThat(hash).matches("[0-9a-f]{64}");
    assertThat(hash(copy("two"), LoadOptions.defaults().noCache())).isEqualTo(hash);
    assertThat(hash(folder, LoadOptions.defaults().cache(cache))).isEqualTo(hash);
    assertThat(hash(folder, LoadOptions.defaults().cache(cache))).isEqualTo(hash);
  }

  /** There the weights are a link to a file with another name, which is their hash. */
  @Test
  void theHuggingFaceCacheHasTheSameHash() throws IOException {
    Path repository = temporary.resolve("hub/models--o--n");
    Path snapshot = Files.createDirectories(repository.resolve("snapshots/main"));
    Path blobs = Files.createDirectories(repository.resolve("blobs"));
    for (String file : FILES) {
      byte[] content = Files.readAllBytes(folder.resolve(file));
      Path blob = blobs.resolve(Sha256.hex(content));
      Files.write(blob, content);
      Files.createSymbolicLink(snapshot.resolve(file), blob);
    }
    HuggingFaceCache cache = new HuggingFaceCache(temporary.resolve("hub"));

    assertThat(
            ModelHash.of(
                ModelDirectory.resolve("o/n", cache),
                LoadOptions.defaults().cache(temporary.resolve("cache"))))
        .isEqualTo(hash());
  }

  @Test
  void everyFileThatDecidesAnAnswerChangesTheHash() throws IOException {
    String before = hash();
    for (String file : FILES) {
      Path changed = folder.resolve(file);
      byte[] content = Files.readAllBytes(changed);
      byte[] other = content.clone();
      other[other.length - 1] = (byte) (file.endsWith(".json") ? ' ' : ~other[other.length - 1]);
      Files.write(changed, other);
      assertThat(hash()).as(file).isNotEqualTo(before);
      Files.write(changed, content);
    }
    Files.writeString(folder.resolve("README.md"), "not read");
    assertThat(hash()).isEqualTo(before);
  }

  @Test
  void anotherTokenizerChangesTheHash() throws IOException {
    Path other = Files.createDirectories(temporary.resolve("tokenizer"));
    Files.writeString(other.resolve("tokenizer.json"), "{}");

    assertThat(hash(folder, LoadOptions.defaults().noCache().tokenizer(other)))
        .isNotEqualTo(hash());
  }

  @Test
  void integersForWeightsChangeTheHash() throws IOException {
    LoadOptions options = LoadOptions.defaults().noCache();
    assertThat(
            Stream.of("decoder=stored", "int8", "int4", "int4:128", "decoder=int4")
                .map(text -> options.weights(WeightTypes.of(text)))
                .map(each -> assertDoesNotThrow(() -> hash(folder, each))))
        .doesNotHaveDuplicates()
        .contains(hash());
  }

  @Test
  void theBuiltInModelHasAHash() throws IOException {
    assertThat(ModelHash.of(BuiltInModel.files(), LoadOptions.defaults().noCache()))
        .matches("[0-9a-f]{64}")
        .isNotEqualTo(
            ModelHash.of(
                new ChangedModel().with("generation_config.json", "{}"),
                LoadOptions.defaults().noCache()));
  }
}
