package dev.loupe.cli.caption;

import dev.loupe.cli.folder.CaptionComposer;
import dev.loupe.cli.folder.CaptionTemplate;
import dev.loupe.cli.folder.ExistingPolicy;
import dev.loupe.cli.folder.PictureFinder;
import dev.loupe.cli.options.FolderInput;
import dev.loupe.cli.options.OptionGroup;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * Options for folders of pictures: where pictures are found, and where and how captions are
 * written.
 */
final class FolderOptions extends OptionGroup {

  private static final String STANDARD_STREAM = "-";

  @Mixin private FolderInput input;

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
    return input.given() || output.isPresent() || dryRun;
  }

  /**
   * Finds the pictures of the arguments and of the list.
   *
   * @throws IOException if the list cannot be read
   */
  PictureFinder find(List<Path> paths, InputStream standardInput) throws IOException {
    return input.find(paths, standardInput);
  }

  boolean listed() {
    return input.listed();
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

  Optional<Integer> batch() {
    if (batch.isPresent() && batch.get() < 1) {
      throw usage("--batch: expected at least 1, found " + batch.get());
    }
    return batch;
  }
}
