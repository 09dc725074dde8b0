package dev.loupe.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.LoadedNetwork;
import dev.loupe.engine.synthetic.SyntheticModel;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostCacheTest {

  /** Just large enough to be kept. */
  private static final ModelFiles MODEL =
      new SyntheticModel(
          "synthetic:2b:layers=1:depth=1:hidden=64:intermediate=64:heads=4:kv_heads=2"
              + ":vocab=560000:embed_dim=64:vision_heads=4");

  @TempDir Path folder;

  @Test
  void theFirstExecutorPacksTheWeightsAndTheOthersMapThem() throws IOException {
    LoadOptions options = LoadOptions.defaults().cache(folder).threads(1);
    HostCache.pack(MODEL, options);
    FileTime written = Files.getLastModifiedTime(packed().getFirst());
    HostCache.pack(MODEL, options);

    assertThat(packed()).hasSize(1);
    assertThat(Files.getLastModifiedTime(packed().getFirst())).isEqualTo(written);
    try (LoadedNetwork network = LoadedNetwork.load(MODEL, options)) {
      assertThat(network.cached()).isTrue();
    }
  }

  @Test
  void aSmallModelIsPackedByEachExecutor() throws IOException {
    HostCache.pack(CaptionSettings.NONE.files(), LoadOptions.defaults().cache(folder));

    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFolderThatCannotBeUsedFailsNoLoad() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no folder");

    HostCache.pack(MODEL, LoadOptions.defaults().cache(file).threads(1));

    assertThat(packed()).isEmpty();
  }

  private List<Path> packed() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".packed")).toList();
    }
  }
}
