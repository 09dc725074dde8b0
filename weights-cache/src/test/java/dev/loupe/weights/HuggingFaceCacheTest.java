package dev.loupe.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceCacheTest {
  private static final Path HOME = Path.of("/home/u");
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  @TempDir Path root;

  private static Path root(Map<String, String> environment) {
    return HuggingFaceCache.of(environment, HOME).root();
  }

  private Path repository() throws IOException {
    Path repository = root.resolve("models--Qwen--Qwen2-VL-2B-Instruct");
    Files.createDirectories(repository.resolve("refs/refs/pr"));
    Files.createDirectories(repository.resolve("snapshots").resolve(COMMIT));
    Files.writeString(repository.resolve("refs/main"), COMMIT);
    Files.writeString(repository.resolve("refs/refs/pr/1"), COMMIT + "\n");
    return repository;
  }

  private Path snapshot(String revision) throws IOException {
    return new HuggingFaceCache(root).snapshot("Qwen/Qwen2-VL-2B-Instruct", revision);
  }

  @Test
  void theVariablesCountInTheOrderOfHuggingFaceHub() {
    assertThat(root(Map.of())).isEqualTo(Path.of("/home/u/.cache/huggingface/hub"));
    assertThat(root(Map.of("XDG_CACHE_HOME", "/x"))).isEqualTo(Path.of("/x/huggingface/hub"));
    assertThat(root(Map.of("XDG_CACHE_HOME", "/x", "HF_HOME", "/h"))).isEqualTo(Path.of("/h/hub"));
    assertThat(root(Map.of("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/o")))
        .isEqualTo(Path.of("/o"));
    assertThat(root(Map.of("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/o", "HF_HUB_CACHE", "/c")))
        .isEqualTo(Path.of("/c"));
  }

  @Test
  void aTildeIsTheHomeFolderAndABlankVariableIsUnset() {
    assertThat(root(Map.of("HF_HOME", "~/models"))).isEqualTo(Path.of("/home/u/models/hub"));
    assertThat(root(Map.of("HF_HUB_CACHE", " ", "HF_HOME", "")))
        .isEqualTo(Path.of("/home/u/.cache/huggingface/hub"));
  }

  /** The rules of the XDG. */
  @Test
  void aCacheFolderOfTheXdgThatIsNoAbsolutePathCountsAsUnset() {
    assertThat(root(Map.of("XDG_CACHE_HOME", "x")))
        .isEqualTo(Path.of("/home/u/.cache/huggingface/hub"));
  }

  @Test
  void aRevisionWithoutAFileNameIsUnknownAndNothingElse() throws IOException {
    repository();
    assertThatThrownBy(() -> snapshot("a\0b")).isInstanceOf(IOException.class);
    Files.writeString(root.resolve("models--Qwen--Qwen2-VL-2B-Instruct/refs/odd"), "c\0d");
    assertThatThrownBy(() -> snapshot("odd"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected revision odd");
  }

  @Test
  void branchesPullRequestsAndCommitsLeadToASnapshot() throws IOException {
    Path expected = repository().resolve("snapshots").resolve(COMMIT);
    assertThat(snapshot("main")).isEqualTo(expected);
    assertThat(snapshot("refs/pr/1")).isEqualTo(expected);
    assertThat(snapshot(COMMIT)).isEqualTo(expected);
  }

  @Test
  void anUnknownRevisionListsTheSnapshotsThere() throws IOException {
    repository();
    assertThatThrownBy(() -> snapshot("v2"))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "Qwen/Qwen2-VL-2B-Instruct: expected revision v2 in " + root,
            COMMIT,
            "hf download Qwen/Qwen2-VL-2B-Instruct --revision v2");
  }

  @Test
  void aRevisionCannotLeaveTheRepository() throws IOException {
    repository();
    Files.createDirectories(root.resolve("outside"));
    Files.writeString(root.resolve("ref"), "outside");
    for (String revision : new String[] {"../../ref", "../../outside", ".", "..", ""}) {
      assertThatThrownBy(() -> snapshot(revision))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("expected revision " + revision);
    }
  }

  @Test
  void aRepositoryThatIsNotThereTellsWhereItWasLookedFor() {
    assertThatThrownBy(() -> new HuggingFaceCache(root).snapshot("org/name", "main"))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "org/name: expected in the Hugging Face cache " + root,
            "models--org--name",
            "hf download org/name",
            "HF_HUB_CACHE");
  }

  @Test
  void onlyOneSlashBetweenPlainNamesMakesARepository() {
    assertThat(HuggingFaceCache.isRepository("Qwen/Qwen2-VL-2B-Instruct")).isTrue();
    for (String no : new String[] {"Qwen", "a/b/c", "../x", "/x", "x/", "a\\b", "a/ b", "./x"}) {
      assertThat(HuggingFaceCache.isRepository(no)).as(no).isFalse();
    }
  }
}
