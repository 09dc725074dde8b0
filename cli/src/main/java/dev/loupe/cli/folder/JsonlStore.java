package dev.loupe.cli.folder;

import dev.loupe.engine.Caption;
import dev.loupe.io.Json;
import dev.loupe.io.JsonException;
import dev.loupe.io.JsonObject;
import dev.loupe.io.TemporaryFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * One file with a JSON object for each picture, which Hugging Face's {@code imagefolder} reads:
 * {@code file_name}, relative to the folder of the file, then the fields of {@link CaptionRows}, of
 * which {@code text} is the caption.
 *
 * <p>With {@link ExistingPolicy#SKIP} rows are added to the file itself, and a row says that its
 * picture is done. Otherwise they are collected in the {@link RunFile} and replace the old rows at
 * the end of the run, in a new file that is renamed. A picture that failed gets no row, so that the
 * next run tries it again, and every row has a picture that can be read.
 */
public final class JsonlStore implements CaptionStore {

  private static final String FILE_NAME = "file_name";
  private static final String TEXT = "text";
  private static final String COMMAND = "loupe_command";

  /** The byte-order mark, with which Windows' editors let a file of text begin. */
  private static final String MARK = "\ufeff";

  private final Path file;
  private final Path folder;
  private final Path runFile;
  private final ExistingPolicy existing;
  private final String command;
  private final CaptionRows rows;
  private final Supplier<Duration> load;
  private final boolean keepTexts;
  private final Map<String, String> existingCaptions = new HashMap<>();
  private final Map<String, Long> done = new LinkedHashMap<>();
  private Optional<RunFile> run = Optional.empty();
  private Optional<FileChannel> channel = Optional.empty();

  /**
   * @param file where the rows go
   * @param existing what to do with existing rows
   * @param command a text that identifies the command: only the same command continues an
   *     interrupted run
   * @param rows how a row is made
   * @param load how long the model took to load; asked after loading
   * @param keepTexts whether {@link #existingCaption} will be called; otherwise only names are kept
   *     in memory
   */
  public JsonlStore(
      Path file,
      ExistingPolicy existing,
      String command,
      CaptionRows rows,
      Supplier<Duration> load,
      boolean keepTexts) {
    this.file = file;
    this.folder = file.toAbsolutePath().normalize().getParent();
    this.runFile = folder.resolve("." + file.getFileName() + SidecarStore.RUN_FILE);
    this.existing = existing;
    this.command = command;
    this.rows = rows;
    this.load = load;
    this.keepTexts = keepTexts;
  }

  @Override
  public List<String> open() throws IOException {
    Files.createDirectories(folder);
    RunFile lock = RunFile.open(runFile, "--output");
    run = Optional.of(lock);
    TemporaryFile.sweep(folder);
    List<String> repaired = new ArrayList<>();
    repair().ifPresent(repaired::add);
    boolean continued = isOfThisCommand(lock.firstLine());
    lock.forEachAfterFirst(this::markDone);
    if (!continued) {
      if (!done.isEmpty()) {
        merge();
        repaired.add(
            "%s: %d rows of an interrupted run with other options were put in"
                .formatted(file, done.size()));
        done.clear();
      }
      lock.clear();
      lock.append(Json.write(Map.of(COMMAND, command)));
    }
    readExisting();
    if (existing == ExistingPolicy.SKIP) {
      channel =
          Optional.of(
              FileChannel.open(
                  file,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE));
    }
    return repaired;
  }

  @Override
  public void openReadOnly() throws IOException {
    List<String> lines = RunFile.peek(runFile);
    if (!lines.isEmpty() && isOfThisCommand(lines.getFirst())) {
      lines.stream().skip(1).forEach(line -> markDone(line, 0L));
    }
    readExisting();
  }

  private boolean isOfThisCommand(String header) {
    return row(header).flatMap(row -> row.value(COMMAND)).filter(command::equals).isPresent();
  }

  private void markDone(String line, long at) {
    row(line).flatMap(JsonlStore::fileName).ifPresent(name -> done.put(name, at));
  }

  /** The object in a line; empty if it holds none. */
  private static Optional<JsonObject> row(String line) {
    try {
      return Optional.of(Json.readLine(unmarked(line)));
    } catch (JsonException e) {
      return Optional.empty();
    }
  }

  private static String unmarked(String line) {
    return line.startsWith(MARK) ? line.substring(1) : line;
  }

  private static Optional<String> fileName(JsonObject row) {
    return row.value(FILE_NAME).filter(String.class::isInstance).map(String.class::cast);
  }

  /** Cuts off the incomplete line of a killed run, or adds a missing line break at the end. */
  private Optional<String> repair() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (FileChannel open =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      LineFile lines = new LineFile(file, open);
      byte[] torn = lines.tornLine();
      if (torn.length == 0) {
        return Optional.empty();
      }
      String text = unmarked(new String(torn, StandardCharsets.UTF_8));
      if (text.isBlank()) {
        return Optional.empty();
      }
      if (row(text).isPresent()) {
        lines.endLine();
        return Optional.empty();
      }
      if (!text.startsWith("{")) {
        throw notRows(text);
      }
      lines.cutTornLine();
      return Optional.of(
          "%s: the last row was incomplete, as a killed run leaves it; its %d bytes were cut"
              .formatted(file, torn.length));
    }
  }

  private void readExisting() throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      String line;
      while ((line = reader.readLine()) != null) {
        if (unmarked(line).isBlank()) {
          continue;
        }
        Optional<JsonObject> row = row(line);
        Optional<String> name = row.flatMap(JsonlStore::fileName);
        if (name.isPresent()) {
          boolean kept = keepTexts && row.get().values().get(TEXT) instanceof String;
          existingCaptions.put(name.get(), kept ? row.get().requiredText(TEXT) : "");
        } else if (reader.ready() || row.isPresent() || !unmarked(line).startsWith("{")) {
          throw notRows(line); // An object that is cut off at the end is that of a killed run.
        }
      }
    } catch (MalformedInputException e) {
      throw new IOException(
          "%s: expected UTF-8, found another encoding; save it as UTF-8, or choose another --output"
              .formatted(file),
          e);
    }
  }

  private IOException notRows(String line) {
    return new IOException(
        "%s: expected a JSON object with %s in each line, found %s; choose another --output"
            .formatted(file, FILE_NAME, line.length() > 60 ? line.substring(0, 60) + "..." : line));
  }

  @Override
  public Path target(PictureFile picture) throws IOException {
    return file;
  }

  @Override
  public String key(PictureFile picture) throws IOException {
    if (!FileNames.isText(picture.path())) {
      throw new IOException(
          "%s: expected a name that JSON can hold, found bytes that are not UTF-8; rename the file, or use --format txt"
              .formatted(FileNames.shown(picture.path())));
    }
    String name = folder.relativize(picture.path().toAbsolutePath().normalize()).toString();
    return name.replace(file.getFileSystem().getSeparator(), "/");
  }

  @Override
  public State state(PictureFile picture) throws IOException {
    String name = key(picture);
    if (done.containsKey(name)) {
      return State.DONE;
    }
    return existingCaptions.containsKey(name) ? State.EXISTING : State.NONE;
  }

  @Override
  public String existingCaption(PictureFile picture) throws IOException {
    return existingCaptions.getOrDefault(key(picture), "");
  }

  @Override
  public void write(PictureFile picture, String prompt, Caption caption, String text)
      throws IOException {
    Map<String, Object> row = Json.object(FILE_NAME, key(picture));
    row.putAll(rows.captioned(picture.path().toString(), prompt, caption, text, load.get()));
    String line = Json.write(row);
    if (channel.isPresent()) {
      new LineFile(file, channel.get()).append(line);
    } else {
      done.put(key(picture), run.orElseThrow().append(line));
    }
  }

  /** Replaces old rows with new ones, and adds the rows of other pictures at the end. */
  private void merge() throws IOException {
    RunFile added = run.orElseThrow();
    Set<String> left = new LinkedHashSet<>(done.keySet());
    OutputFile.write(
        file.toAbsolutePath(),
        out -> {
          if (Files.exists(file)) {
            try (BufferedReader old = Files.newBufferedReader(file)) {
              String line;
              while ((line = old.readLine()) != null) {
                String name = row(line).flatMap(JsonlStore::fileName).orElse("");
                if (left.remove(name)) {
                  writeLine(out, added.line(done.get(name)));
                } else if (!done.containsKey(name) && !unmarked(line).isBlank()) {
                  writeLine(out, line);
                }
              }
            }
          }
          for (String name : left) {
            writeLine(out, added.line(done.get(name)));
          }
        });
  }

  private static void writeLine(TemporaryFile out, String line) throws IOException {
    out.append(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public void finish() throws IOException {
    if (existing != ExistingPolicy.SKIP) {
      merge();
    }
    run.orElseThrow().delete();
  }

  @Override
  public void close() throws IOException {
    if (channel.isPresent()) {
      channel.get().close();
    }
    if (run.isPresent()) {
      run.get().close();
    }
  }
}
