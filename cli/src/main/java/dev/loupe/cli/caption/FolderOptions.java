package dev.loupe.cli.caption;

import dev.loupe.cli.folder.CaptionComposer;
import dev.loupe.cli.folder.CaptionTemplate;
import dev.loupe.cli.folder.ExistingPolicy;
import dev.loupe.cli.folder.PathList;
import dev.loupe.cli.folder.PictureFinder;
import dev.loupe.cli.options.OptionGroup;
import dev.loupe.io.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * Options for folders of pictures: where pictures are found, and where and how captions are
 * written.
 */
final class FolderOptions extends OptionGroup {

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
          "Caption what this file lists, one path a line, or paths that end with a NUL byte (find "
              + "-print0); - for standard input.")
  private Optional<String> from = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "PATH",
      description =
          "With txt: a folder for the captions, with the same folders inside. With jsonl: the file, "
              + "or a folder for metadata.jsonl; - for standard output. If absent: captions go beside "
              + "the pictures, and rows into metadata.jsonl of the given folder.")
  private Optional<String> output = Optional.empty();

  @Option(
      names = "--extension",
      paramLabel = "EXT",
      description = "With txt: the extension of caption files; ${DEFAULT-VALUE} if absent.")
  private String extension = ".txt";

  @Option(
      names = "--existing",
      paramLabel = "WHAT",
      description =
          "What to do with a picture that has a caption: skip it (if absent), overwrite the "
              + "caption, append or prepend the new one, or fail before anything is written.")
  private ExistingPolicy existing = ExistingPolicy.SKIP;

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      description = "Text before each caption; may contain the variables of --prompt.")
  private String prefix = "";

  @Option(names = "--suffix", paramLabel = "TEXT", description = "Text after each caption.")
  private String suffix = "";

  @Option(
      names = "--separator",
      paramLabel = "TEXT",
      description =
          "With --existing append or prepend: text between the two captions; a space if absent.")
  private String separator = " ";

  @Option(
      names = "--dry-run",
      description = "Only list the work, one line a picture: action, picture, caption file.")
  private boolean dryRun;

  @Option(names = "--fail-fast", description = "Stop at the first picture that fails.")
  private boolean failFast;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "How many pictures go through the model in one batch; if absent as many as fit into "
              + "memory, up to 8. Changes no caption.")
  private Optional<Integer> batch = Optional.empty();

  /** Whether any option is given that is only for folders. */
  boolean given() {
    return from.isPresent() || output.isPresent() || dryRun || recursive;
  }

  /**
   * Finds the pictures of the arguments and of the list.
   *
   * @throws IOException if the list cannot be read
   */
  PictureFinder find(List<Path> paths, InputStream standardInput) throws IOException {
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

  boolean listed() {
    return from.isPresent();
  }

  /** Where captions go; empty: beside the pictures, or to standard output. */
  Optional<Path> output() {
    return output.filter(name -> !name.equals(STANDARD_STREAM)).map(Path::of);
  }

  boolean toStandardOutput() {
    return output.filter(STANDARD_STREAM::equals).isPresent();
  }

  /** With its dot. */
  String extension() {
    if (extension.replaceFirst("^\\.", "").isEmpty() || extension.contains("/")) {
      throw usage("--extension: expected something like .txt, found \"" + extension + "\"");
    }
    return extension.startsWith(".") ? extension : "." + extension;
  }

  ExistingPolicy existing() {
    return existing;
  }

  CaptionComposer composer() {
    return new CaptionComposer(
        template("--prefix", prefix), template("--suffix", suffix), existing, separator);
  }

  /**
   * A text with variables.
   *
   * @throws ParameterException if it has an unknown one
   */
  CaptionTemplate template(String option, String text) {
    try {
      return new CaptionTemplate(text);
    } catch (IllegalArgumentException e) {
      throw usage(option + ": " + e.getMessage());
    }
  }

  boolean dryRun() {
    return dryRun;
  }

  boolean failFast() {
    return failFast;
  }

  boolean recursive() {
    return recursive;
  }

  Optional<Integer> batch() {
    if (batch.isPresent() && batch.get() < 1) {
      throw usage("--batch: expected at least 1, found " + batch.get());
    }
    return batch;
  }
}
