package dev.loupe.cli.caption;

import dev.loupe.cli.folder.CaptionStore;
import dev.loupe.cli.folder.ExistingPolicy;
import dev.loupe.cli.folder.JsonlStore;
import dev.loupe.cli.folder.PictureFinder;
import dev.loupe.cli.folder.SidecarStore;
import dev.loupe.cli.terminal.StandardStreams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Makes the store for the captions of a folder, as the options say. */
final class CaptionStoreFactory {

  private static final String METADATA = "metadata.jsonl";

  private final CaptionFormat format;
  private final RunConfig config;
  private final FolderOptions folders;
  private final List<Path> paths;
  private final StandardStreams streams;
  private final boolean quiet;
  private Duration load = Duration.ZERO;

  CaptionStoreFactory(
      CaptionFormat format,
      RunConfig config,
      FolderOptions folders,
      List<Path> paths,
      StandardStreams streams,
      boolean quiet) {
    this.format = format;
    this.config = config;
    this.folders = folders;
    this.paths = paths;
    this.streams = streams;
    this.quiet = quiet;
  }

  /** Sets how long the model took to load. */
  void loaded(Duration time) {
    load = time;
  }

  /** A store for these pictures; the caller opens and closes it. */
  CaptionStore create(PictureFinder found) {
    boolean prints = format == CaptionFormat.TEXT || folders.toStandardOutput();
    boolean keeps = folders.existing() != ExistingPolicy.SKIP || folders.output().isPresent();
    if (prints && (keeps || config.prompt().usesExisting() || folders.composer().usesExisting())) {
      throw folders.usage(
          "captions on standard output: expected no --output, --existing or {existing} with them; "
              + "--format txt or jsonl keeps captions");
    }
    return switch (format) {
      case TEXT -> new PrintingStore(new CaptionText(streams, true, quiet), () -> load);
      case TXT -> sidecars(found);
      case JSONL ->
          prints
              ? new PrintingStore(new CaptionJsonl(streams.out(), config.rows()), () -> load)
              : jsonl();
    };
  }

  private CaptionStore sidecars(PictureFinder found) {
    if (folders.toStandardOutput()) {
      throw folders.usage("--output -: expected --format text or jsonl, found txt");
    }
    return new SidecarStore(
        folders.output(),
        found.anchor().orElse(Path.of("").toAbsolutePath()),
        folders.extension(),
        folders.existing(),
        command(folders.extension()));
  }

  private CaptionStore jsonl() {
    Path file =
        folders.output().map(CaptionStoreFactory::rowsIn).orElseGet(this::rowsBesidePictures);
    boolean texts = config.prompt().usesExisting() || folders.composer().usesExisting();
    return new JsonlStore(
        file, folders.existing(), command(file.toString()), config.rows(), () -> load, texts);
  }

  private static Path rowsIn(Path output) {
    String name = output.toString();
    boolean isFile =
        Files.isRegularFile(output) || name.endsWith(".jsonl") || name.endsWith(".json");
    return isFile && !Files.isDirectory(output) ? output : output.resolve(METADATA);
  }

  private Path rowsBesidePictures() {
    if (folders.listed() || paths.size() != 1 || !Files.isDirectory(paths.getFirst())) {
      throw folders.usage(
          "--format jsonl: expected one folder, or --output FILE for the rows of all, found neither");
    }
    return paths.getFirst().resolve(METADATA);
  }

  private String command(String target) {
    return String.join(
        "\n", config.fingerprint(), folders.composer().toString(), format.name(), target);
  }
}
