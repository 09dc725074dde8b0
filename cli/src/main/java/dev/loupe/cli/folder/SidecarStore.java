package dev.loupe.cli.folder;

import dev.loupe.engine.Caption;
import dev.loupe.io.Sha256;
import dev.loupe.io.TemporaryFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A text file for each picture: beside it, or in the same relative place of another folder.
 *
 * <p>With {@link ExistingPolicy#SKIP} the file itself says that its picture is done. Otherwise the
 * store must distinguish an old caption from one that this command wrote before it was interrupted:
 * each line of the {@link RunFile} holds the hashes of the file before and after. So a caption is
 * appended only once, even if the run is killed many times.
 */
public final class SidecarStore implements CaptionStore {

  /** The name of the run file. */
  static final String RUN_FILE = ".loupe-run";

  private static final String ABSENT = "-";

  private final Optional<Path> output;
  private final Path anchor;
  private final String extension;
  private final ExistingPolicy existing;
  private final String command;
  private final Map<String, String[]> journal = new HashMap<>();
  private final Set<Path> cleaned = new HashSet<>();
  private Optional<RunFile> run = Optional.empty();

  /**
   * @param output the other folder; empty for files beside the pictures
   * @param anchor folder of the run file if there is no other folder
   * @param extension of the files, with its dot
   * @param existing what to do with existing captions
   * @param command a text that identifies the command: only the same command continues an
   *     interrupted run
   */
  public SidecarStore(
      Optional<Path> output,
      Path anchor,
      String extension,
      ExistingPolicy existing,
      String command) {
    this.output = output;
    this.anchor = output.orElse(anchor);
    this.extension = extension;
    this.existing = existing;
    this.command = hash(command.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public List<String> open() throws IOException {
    if (output.isPresent()) {
      Files.createDirectories(output.get());
    }
    RunFile file = RunFile.open(anchor.resolve(RUN_FILE), "--output");
    run = Optional.of(file);
    if (file.firstLine().equals(command)) {
      file.forEachAfterFirst((line, at) -> readJournal(line));
    } else {
      file.clear();
      file.append(command);
    }
    return List.of();
  }

  @Override
  public void openReadOnly() throws IOException {
    List<String> lines = RunFile.peek(anchor.resolve(RUN_FILE));
    if (!lines.isEmpty() && lines.getFirst().equals(command)) {
      lines.stream().skip(1).forEach(this::readJournal);
    }
  }

  private void readJournal(String line) {
    String[] fields = line.split("\t");
    journal.put(fields[0], fields);
  }

  @Override
  public Path target(PictureFile picture) throws IOException {
    Path file = output.map(root -> root.resolve(picture.relativePath())).orElse(picture.path());
    return FileNames.withExtension(file, extension);
  }

  @Override
  public String key(PictureFile picture) throws IOException {
    Path target = target(picture).toAbsolutePath().normalize();
    Path folder = target.getParent();
    Path real = Files.isDirectory(folder) ? folder.toRealPath() : folder;
    return real.resolve(target.getFileName()).toUri().toString();
  }

  @Override
  public State state(PictureFile picture) throws IOException {
    Path target = target(picture);
    removeLeftOvers(target.toAbsolutePath().getParent());
    if (!isFile(target)) {
      return State.NONE;
    }
    String[] fields = journal.get(id(target));
    if (fields == null) {
      return State.EXISTING;
    }
    String now = hash(Files.readAllBytes(target));
    return now.equals(fields[1]) && !now.equals(fields[2]) ? State.EXISTING : State.DONE;
  }

  /** Removes what a killed run left in a folder, before this run writes there. */
  private void removeLeftOvers(Path folder) throws IOException {
    if (run.isPresent() && cleaned.add(folder) && Files.isDirectory(folder)) {
      TemporaryFile.sweep(folder);
    }
  }

  private static boolean isFile(Path target) throws IOException {
    try {
      BasicFileAttributes found = Files.readAttributes(target, BasicFileAttributes.class);
      if (!found.isRegularFile()) {
        throw new IOException(
            "%s: expected a place for the caption, found a %s"
                .formatted(
                    FileNames.shown(target), found.isDirectory() ? "folder" : "device or pipe"));
      }
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } catch (FileSystemException e) {
      throw new IOException(
          "%s: expected a place for the caption, found none (%s)"
              .formatted(FileNames.shown(target), e.getReason()),
          e);
    }
  }

  @Override
  public String existingCaption(PictureFile picture) throws IOException {
    Path target = target(picture);
    return isFile(target)
        ? Utf8Text.decode(Files.readAllBytes(target), FileNames.shown(target)).strip()
        : "";
  }

  @Override
  public void write(PictureFile picture, String prompt, Caption caption, String text)
      throws IOException {
    Path target = target(picture);
    byte[] content = (text + "\n").getBytes(StandardCharsets.UTF_8);
    if (output.isPresent()) {
      Files.createDirectories(target.toAbsolutePath().getParent());
    }
    if (existing != ExistingPolicy.SKIP) {
      String before = isFile(target) ? hash(Files.readAllBytes(target)) : ABSENT;
      run.orElseThrow().append(id(target) + "\t" + before + "\t" + hash(content));
    }
    OutputFile.write(target, out -> out.append(ByteBuffer.wrap(content)));
  }

  /** The name in one line, with any bytes. */
  private static String id(Path target) {
    return target.toUri().toString();
  }

  private static String hash(byte[] content) {
    return Sha256.hex(content);
  }

  @Override
  public void finish() throws IOException {
    run.orElseThrow().delete();
  }

  @Override
  public void close() throws IOException {
    if (run.isPresent()) {
      run.get().close();
    }
  }
}
