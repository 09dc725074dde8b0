package dev.loupe.weights.cache;

import dev.loupe.io.RegularFile;
import dev.loupe.io.Sha256;
import dev.loupe.weights.ModelWeights;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** What weights contain, in one hash that is equal on all machines. */
public final class WeightsHash {

  private WeightsHash() {}

  /**
   * The SHA-256, 64 digits, of the names of the tensors and the content of their files; empty for
   * weights that do not come from files. A file in the Hugging Face cache whose name is its hash is
   * believed; every other one is read once and remembered in the folder.
   *
   * @param folder of the caches of all models; empty: nothing is remembered
   * @param listener gets the progress of reading
   * @throws IOException if a file cannot be read, or changes while it is read
   */
  public static Optional<String> of(
      ModelWeights weights, Optional<Path> folder, CacheListener listener) throws IOException {
    Optional<ContentHashes> remembered =
        folder.map(path -> ContentHashes.computed(new CacheFolder(path), listener));
    return weights
        .identity(file -> hash(remembered, file))
        .map(identity -> Sha256.hex(identity.getBytes(StandardCharsets.UTF_8)));
  }

  private static String hash(Optional<ContentHashes> remembered, Path file) throws IOException {
    if (remembered.isPresent()) {
      return remembered.get().of(file).split(" ", 2)[0]; // A blob's comes with size and time.
    }
    try (InputStream in = RegularFile.inputStream(file)) {
      return Sha256.hex(in);
    }
  }
}
