package dev.loupe.cli.caption;

import dev.loupe.cli.folder.CaptionTemplate;
import dev.loupe.cli.folder.Existing;
import dev.loupe.cli.folder.PathList;
import dev.loupe.cli.folder.PictureFinder;
import dev.loupe.cli.folder.Wording;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Many pictures: where they are found, and where and how their captions are written. */
final class FolderOptions {

  private static final String STANDARD_STREAM = "-";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = {"-r", "--recursive"},
      description = "Look into the folders of folders too.")
  private boolean recursive;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description =
          "Caption what this file lists, one path a line or each ended by a NUL byte (find "
              + "-print0); - for standard input.")
  private Optional<String> from = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "PATH",
      description =
          "With txt: a folder that gets the same tree of captions. With jsonl: the file, or a folder "
              + "for metadata.jsonl; - for standard output. Without it captions go beside the "
              + "pictures, and rows into metadata.jsonl of the one folder given.")
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
          "If there is a caption already: skip the picture (if absent), overwrite it, append or "
              + "prepend the new one, or fail before anything is done.")
  private Existing existing = Existing.SKIP;

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      description = "Written before each caption, as it is; may have the variables of --prompt.")
  private String prefix = "";

  @Option(names = "--suffix", paramLabel = "TEXT", description = "Written behind each caption.")
  private String suffix = "";

  @Option(
      names = "--separator",
      paramLabel = "TEXT",
      description = "With --existing append or prepend: between the two; a space if absent.")
  private String separator = " ";

  @Option(
      names = "--dry-run",
      description = "Only list what would be done, one line each: action, picture, caption file.")
  private boolean dryRun;

  @Option(names = "--fail-fast", description = "Stop at the first picture that fails.")
  private boolean failFast;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "How many pictures go through the model side by side; up to 8, by memory, if absent. "
              + "Changes no caption.")
  private Optional<Integer> batch = Optional.empty();

  /** Whether any option is given that only makes sense for many pictures. */
  boolean given() {
    return from.isPresent() || output.isPresent() || dryRun || recursive;
  }

  /**
   * Finds the pictures that arguments and list name.
   *
   * @throws IOException if the list cannot be read
   */
  PictureFinder find(List<Path> paths, InputStream standardInput) throws IOException {
    PictureFinder finder = new PictureFinder(recursive);
    paths.forEach(path -> finder.add(path.toString()));
    if (from.isPresent()) {
      byte[] list =
          from.get().equals(STANDARD_STREAM)
              ? standardInput.readAllBytes()
              : Files.readAllBytes(Path.of(from.get()));
      PathList.parse(list).forEach(finder::add);
    }
    return finder;
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

  Existing existing() {
    return existing;
  }

  Wording wording() {
    return new Wording(
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

  ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
