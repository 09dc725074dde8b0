package dev.loupe.tokenizer;

import dev.loupe.io.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** Where the files of a tokenizer come from: a folder, the class path, an archive. */
@FunctionalInterface
public interface TokenizerFiles {
  /**
   * Opens the file of this name, for example {@code tokenizer.json}; empty where there is none. The
   * caller closes the stream.
   *
   * @throws IOException if the file is there and cannot be opened
   */
  Optional<InputStream> open(String name) throws IOException;

  /** The files directly in a folder. */
  static TokenizerFiles in(Path folder) {
    return name -> {
      Path file = folder.resolve(name);
      // A link to nothing is a mistake, not the absence of a file.
      return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
          ? Optional.of(RegularFile.inputStream(file))
          : Optional.empty();
    };
  }
}
