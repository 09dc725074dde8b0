package dev.loupe.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Where the files of tests are: among the resources, or in the folder of large data. */
public final class TestFiles {
  private static final Map<String, Path> UNPACKED = new ConcurrentHashMap<>();

  private TestFiles() {}

  /**
   * A file among the resources, or else below the folder of large data; the test is skipped where
   * neither has it.
   *
   * @param name its path, such as {@code goldens/captioner/runs.jsonl}
   */
  public static Path file(String name) {
    return find(name).orElseGet(() -> shared(name));
  }

  /**
   * A file among the resources.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Path resource(String name) {
    return find(name)
        .orElseThrow(
            () -> new IllegalArgumentException(name + ": expected a resource, found none"));
  }

  /** A drawn picture of the kind that the built-in model knows, or a frame of a clip. */
  public static Path scene(String name) {
    return resource("pictures/scenes/" + name + ".png");
  }

  /** A file or folder of large data; the test is skipped where it is absent. */
  public static Path shared(String name) {
    Path file = Path.of(System.getProperty("loupe.shared", "absent")).resolve(name);
    assumeTrue(
        Files.exists(file), () -> file + ": absent; -Dloupe.shared=FOLDER names where it is");
    return file;
  }

  private static Optional<Path> find(String name) {
    URL url = TestFiles.class.getResource("/" + name);
    if (url == null) {
      return Optional.empty();
    }
    try {
      URI uri = url.toURI();
      return Optional.of(
          uri.getScheme().equals("file")
              ? Path.of(uri)
              : UNPACKED.computeIfAbsent(name, TestFiles::unpack));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A copy of a resource that lies in a jar; it is deleted when the tests end. */
  private static Path unpack(String name) {
    try (InputStream in = TestFiles.class.getResourceAsStream("/" + name)) {
      Path folder = Files.createTempDirectory("loupe-testkit");
      Path file = folder.resolve(Path.of(name).getFileName());
      folder.toFile().deleteOnExit();
      file.toFile().deleteOnExit();
      Files.copy(in, file);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
