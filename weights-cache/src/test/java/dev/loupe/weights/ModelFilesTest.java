package dev.loupe.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.testkit.NamedPipe;
import dev.loupe.weights.safetensors.Crafted;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ModelFilesTest {
  @TempDir Path temp;
  private Path folder;
  private HuggingFaceCache cache;

  @BeforeEach
  void aFolderAndACacheWithAModel() throws IOException {
    folder = model(temp.resolve("my-model"));
    cache = new HuggingFaceCache(temp.resolve("hub"));
    Path repository = cache.root().resolve("models--org--name");
    model(repository.resolve("snapshots/c0ffee"));
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs/main"), "c0ffee");
  }

  private static Path model(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"qwen2_vl\"}");
    Crafted.file(folder.resolve("model.safetensors"), "model.norm.weight");
    return folder;
  }

  private static String text(ModelFiles files, String file) throws IOException {
    try (InputStream in = files.open(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void refused(String model, String... parts) {
    assertThatThrownBy(() -> ModelDirectory.resolve(model, cache))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void aFolderGivesItsFilesAndWeights() throws IOException {
    ModelFiles files = ModelDirectory.resolve(folder.toString(), cache);
    assertThat(files.name()).isEqualTo("my-model");
    assertThat(files.location()).isEqualTo(folder.toString());
    assertThat(text(files, "config.json")).contains("qwen2_vl");
    assertThat(files.has("generation_config.json")).isFalse();
    assertThatThrownBy(() -> files.open("tokenizer.json"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tokenizer.json: expected in " + folder + ", found no such file");
    try (ModelWeights weights = files.openWeights()) {
      assertThat(weights.names()).containsExactly("model.norm.weight");
    }
  }

  @Test
  void aRepositoryIsFoundInTheCacheWithAndWithoutRevision() throws IOException {
    for (String model : new String[] {"org/name", "org/name@main", "org/name@c0ffee"}) {
      ModelFiles files = ModelDirectory.resolve(model, cache);
      assertThat(files.name()).isEqualTo(model);
      assertThat(files.location()).endsWith("c0ffee");
      assertThat(files.has("config.json")).isTrue();
    }
  }

  @Test
  void snapshotFilesAreLinksToBlobsAndKeepTheirNames() throws IOException {
    Path snapshot = cache.root().resolve("models--org--name/snapshots/c0ffee");
    Path blobs = Files.createDirectories(cache.root().resolve("models--org--name/blobs"));
    for (String file : new String[] {"config.json", "model.safetensors"}) {
      Files.move(snapshot.resolve(file), blobs.resolve("hash-of-" + file));
      Files.createSymbolicLink(snapshot.resolve(file), Path.of("../../blobs/hash-of-" + file));
    }
    ModelFiles files = ModelDirectory.resolve("org/name", cache);
    assertThat(text(files, "config.json")).contains("qwen2_vl");
    try (ModelWeights weights = files.openWeights()) {
      assertThat(weights.origin("model.norm.weight")).isEqualTo("model.safetensors");
    }
    Files.delete(blobs.resolve("hash-of-config.json"));
    refused("org/name", "expected config.json, found none");
  }

  @Test
  @Timeout(60) // It would wait for ever.
  void aPipeInThePlaceOfAModelsFileIsRefused() throws Exception {
    NamedPipe.create(folder.resolve("preprocessor_config.json"));
    ModelFiles files = ModelDirectory.of(folder);
    assertThat(files.has("preprocessor_config.json")).as("it is not absent").isTrue();
    assertThatThrownBy(() -> files.open("preprocessor_config.json"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a regular file, found a pipe or device");
  }

  @Test
  void aLinkToNothingIsAMistakeAndNotTheAbsenceOfAFile() throws IOException {
    Files.createSymbolicLink(folder.resolve("preprocessor_config.json"), folder.resolve("gone"));
    ModelFiles files = ModelDirectory.of(folder);
    assertThat(files.has("preprocessor_config.json")).isTrue();
    assertThatThrownBy(() -> files.open("preprocessor_config.json"))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void anAdapterInPlaceOfAModelIsNamedWithARemedy() throws IOException {
    Files.delete(folder.resolve("config.json"));
    Files.createFile(folder.resolve("adapter_config.json"));
    refused(folder.toString(), "this is an adapter, not a model", "merge_and_unload");
  }

  @Test
  void aMissingModelTellsWhereItWasLookedFor() {
    refused("org/other", "org/other", cache.root().toString(), "hf download org/other");
    refused("org/name@v9", "expected revision v9", "c0ffee");
    for (String model : new String[] {"nowhere", "/no/such/folder", "", "org/name@", "a\0b"}) {
      refused(model, model + ": expected a model folder, or org/name", cache.root().toString());
    }
  }

  @Test
  void aFolderWithoutConfigIsRefused() throws IOException {
    Files.delete(folder.resolve("config.json"));
    refused(folder.toString(), folder + ": expected config.json, found none", "checkpoint");
  }

  @Test
  void aFileInPlaceOfAFolderIsRefused() {
    String file = folder.resolve("config.json").toString();
    refused(file, file + ": expected a model folder, found a file");
    assertThatThrownBy(() -> ModelDirectory.of(temp.resolve("gone")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("gone: expected a model folder, found nothing of this name");
  }

  @Test
  void aRepositoryFolderOfTheCacheIsRefusedWithTheWayToNameIt() {
    refused(
        cache.root().resolve("models--org--name").toString(), "expected config.json", "org/name");
  }

  @Test
  void aFolderWithConfigButWithoutWeightsIsRefusedWhenTheyAreOpened() throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    ModelFiles files = ModelDirectory.resolve(folder.toString(), cache);
    assertThatThrownBy(files::openWeights)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(folder + ": expected model.safetensors");
  }

  @Test
  void resourcesGiveTheirFilesAndWeights() throws IOException {
    ModelFiles files = new ModelResources("tiny", this::resource);
    assertThat(files.name()).isEqualTo("tiny");
    assertThat(files.location()).isEqualTo("built-in tiny");
    assertThat(text(files, "config.json")).contains("qwen2_vl");
    assertThat(files.has("config.json")).isTrue();
    assertThat(files.has("vocab.json")).isFalse();
    assertThatThrownBy(() -> files.open("vocab.json"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("vocab.json: expected in the built-in tiny, found no such resource");
    try (ModelWeights weights = files.openWeights()) {
      assertThat(weights.tensor("model.norm.weight").shape().elements()).isEqualTo(2);
      assertThat(weights.origin("model.norm.weight")).isEqualTo("model.safetensors");
    }
  }

  private Optional<URL> resource(String file) {
    try {
      Path path = folder.resolve(file);
      return Files.exists(path) ? Optional.of(path.toUri().toURL()) : Optional.empty();
    } catch (MalformedURLException e) {
      throw new AssertionError(e);
    }
  }
}
