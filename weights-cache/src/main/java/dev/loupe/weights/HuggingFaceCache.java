package dev.loupe.weights;

import dev.loupe.io.RegularFile;
import dev.loupe.io.UserHome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The models that Hugging Face tools have stored on this machine, read-only: {@code
 * models--ORG--NAME/refs/REVISION} holds a commit, {@code snapshots/COMMIT} the files of it (format
 * documented at huggingface.co/docs/hub/local-cache).
 *
 * @param root the folder that holds the {@code models--} folders; it need not exist
 */
public record HuggingFaceCache(Path root) {
  private static final Pattern REPOSITORY =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*");

  /** Bytes of a file that holds the 40 digits of a commit. */
  private static final int MAX_REF = 1024;

  /**
   * The cache where huggingface_hub looks for it: {@code HF_HUB_CACHE}, the older {@code
   * HUGGINGFACE_HUB_CACHE}, {@code HF_HOME/hub}, {@code XDG_CACHE_HOME/huggingface/hub}, {@code
   * ~/.cache/huggingface/hub}. A leading {@code ~/} in a variable is the home folder. A blank
   * variable counts as unset, and so does an {@code XDG_CACHE_HOME} that is not an absolute path.
   *
   * <p>{@code HOME} says where the home folder is, as for all tools; where it is unset, Java does.
   *
   * @param environment the variables of the process, or others
   */
  public static HuggingFaceCache of(Map<String, String> environment) {
    return of(environment, UserHome.of(environment));
  }

  /** The same of a user with this home folder. */
  static HuggingFaceCache of(Map<String, String> environment, Path home) {
    return new HuggingFaceCache(
        variable(environment, "HF_HUB_CACHE", home)
            .or(() -> variable(environment, "HUGGINGFACE_HUB_CACHE", home))
            .or(() -> variable(environment, "HF_HOME", home).map(p -> p.resolve("hub")))
            .or(() ->
                variable(environment, "XDG_CACHE_HOME", home)
                    .filter(Path::isAbsolute)
                    .map(p -> p.resolve("huggingface").resolve("hub")))
            .orElse(home.resolve(".cache").resolve("huggingface").resolve("hub")));
  }

  private static Optional<Path> variable(Map<String, String> environment, String name, Path home) {
    return Optional.ofNullable(environment.get(name))
        .filter(value -> !value.isBlank())
        .map(value -> value.startsWith("~/") ? home.resolve(value.substring(2)) : Path.of(value));
  }

  /** Whether {@code name} has the form {@code org/name}. */
  public static boolean isRepository(String name) {
    return REPOSITORY.matcher(name).matches();
  }

  /**
   * The folder with the files of a repository at a revision.
   *
   * @param repository {@code org/name}
   * @param revision a branch, tag or full commit; {@code main} is the default of all tools
   * @throws IOException if the cache does not hold it; the message says where it was looked for and
   *     how to get it
   */
  public Path snapshot(String repository, String revision) throws IOException {
    Path folder = root.resolve("models--" + repository.replace("/", "--"));
    if (!isRepository(repository) || !Files.isDirectory(folder)) {
      throw new IOException(
          ("%s: expected in the Hugging Face cache %s, found no folder %s; fetch it where there is "
                  + "a network with `hf download %s`, set HF_HUB_CACHE, or give a model folder")
              .formatted(repository, root, folder.getFileName(), repository));
    }
    Path snapshots = folder.resolve("snapshots");
    Optional<Path> snapshot =
        inside(snapshots, commit(folder.resolve("refs"), revision))
            .filter(found -> snapshots.equals(found.getParent()) && Files.isDirectory(found));
    if (snapshot.isEmpty()) {
      throw new IOException(
          ("%s: expected revision %s in %s, found the snapshots %s; fetch it with "
                  + "`hf download %s --revision %s`, or name one of these as %s@SNAPSHOT")
              .formatted(
                  repository,
                  revision,
                  folder,
                  children(snapshots),
                  repository,
                  revision,
                  repository));
    }
    return snapshot.get();
  }

  /** The commit that a branch or tag stands for; other revisions stand for themselves. */
  private static String commit(Path refs, String revision) throws IOException {
    Optional<Path> ref = inside(refs, revision).filter(Files::isRegularFile);
    return ref.isEmpty()
        ? revision
        : new String(RegularFile.readAllBytes(ref.get(), MAX_REF), StandardCharsets.UTF_8).strip();
  }

  private static Optional<Path> inside(Path folder, String name) {
    try {
      return Optional.of(folder.resolve(name).normalize()).filter(path -> path.startsWith(folder));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static List<String> children(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }
}
