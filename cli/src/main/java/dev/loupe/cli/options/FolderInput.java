package dev.loupe.cli.options;

import dev.loupe.cli.folder.PathList;
import dev.loupe.cli.folder.PictureFinder;
import dev.loupe.io.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the pictures of a command for many pictures are found. */
public final class FolderInput extends OptionGroup {

  private static final String STANDARD_STREAM = "-";

  /** Bytes of a list: some million paths. */
  private static final int LARGEST_LIST = 1 << 28;

  @Option(
      names = {"-r", "--recursive"},
      description = "Also look into folders inside the folders.")
  private boolean recursive;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description =
          "Take the pictures that this file lists, one path a line, or paths that end with a NUL byte (find "
              + "-print0); - for standard input.")
  private Optional<String> from = Optional.empty();

  /** Whether any of these options is given. */
  public boolean given() {
    return recursive || from.isPresent();
  }

  /**
   * Finds the pictures of the arguments and of the list.
   *
   * @throws IOException if the list cannot be read
   */
  public PictureFinder find(List<Path> paths, InputStream standardInput) throws IOException {
    PictureFinder finder = new PictureFinder(recursive);
    paths.forEach(path -> finder.add(path.toString()));
    if (from.isPresent()) {
      String name = "--from " + from.get();
      PathList.parse(list(name, standardInput), name).forEach(finder::add);
    }
    return finder;
  }

  /** A pipe is read as well: the shell makes one for a list that is written meanwhile. */
  private byte[] list(String name, InputStream standardInput) throws IOException {
    if (from.orElseThrow().equals(STANDARD_STREAM)) {
      return RegularFile.readAllBytes(standardInput, LARGEST_LIST, name);
    }
    Path file = Path.of(from.get());
    if (Files.isDirectory(file)) {
      throw usage(
          name + ": expected a file that lists paths, found a folder; name it without --from");
    }
    if (from.get().startsWith("/dev/fd/") && !Files.exists(file)) {
      throw usage(
          name
              + ": expected a file, found a pipe of the shell, which does not reach the program;"
              + " write the list to --from - instead");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return RegularFile.readAllBytes(in, LARGEST_LIST, name);
    }
  }

  /** Whether a list is given. */
  public boolean listed() {
    return from.isPresent();
  }
}
