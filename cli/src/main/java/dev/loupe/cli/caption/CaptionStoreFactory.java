package dev.loupe.cli.caption;

import dev.loupe.cli.folder.CaptionStore;
import dev.loupe.cli.folder.Existing;
import dev.loupe.cli.folder.JsonlStore;
import dev.loupe.cli.folder.PictureFinder;
import dev.loupe.cli.folder.SidecarStore;
import dev.loupe.cli.terminal.StandardStreams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Where the captions of many pictures go, by the options. */
final class CaptionStores {

  private static final String METADATA = "metadata.jsonl";

  private final CaptionFormat format;
  private final CaptionSettings settings;
  private final FolderOptions folders;
  private final List<Path> paths;
  private final StandardStreams streams;
  private final boolean quiet;
  private Duration load = Duration.ZERO;

  CaptionStores(
      CaptionFormat format,
      CaptionSettings settings,
      FolderOptions folders,
      List<Path> paths,
      StandardStreams streams,
      boolean quiet) {
    this.format = format;
    this.settings = settings;
    this.folders = folders;
    this.paths = paths;
    this.streams = streams;
    this.quiet = quiet;
  }

  /** The model was loaded, in this time. */
  void loaded(Duration time) {
    load = time;
  }

  /** The store for what was found; the caller opens and closes it. */
  CaptionStore open(PictureFinder found) {
    boolean prints = format == CaptionFormat.TEXT || folders.toStandardOutput();
    boolean keeps = folders.existing() != Existing.SKIP || folders.output().isPresent();
    if (prints && (keeps || settings.prompt().usesExisting() || folders.wording().usesExisting())) {
      throw folders.usage(
          "captions on standard output: expected no --output, --existing or {existing} with them; "
              + "--format txt or jsonl keeps captions");
    }
    return switch (format) {
      case TEXT -> new PrintingStore(new CaptionText(streams, true, quiet), () -> load);
      case TXT -> sidecars(found);
      case JSONL ->
          prints
              ? new PrintingStore(new CaptionJsonl(streams.out(), settings.rows()), () -> load)
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
    Path file = folders.output().map(CaptionStores::rowsIn).orElseGet(this::rowsBesidePictures);
    boolean texts = settings.prompt().usesExisting() || folders.wording().usesExisting();
    return new JsonlStore(
        file, folders.existing(), command(file.toString()), settings.rows(), () -> load, texts);
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
        "\n", settings.fingerprint(), folders.wording().toString(), format.name(), target);
  }
}
