package dev.loupe.cli.folder;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Finds the pictures in folders, patterns and lists.
 *
 * <p>The order is always the same: arguments as given; in a folder first its pictures, then its
 * folders, each sorted by the bytes of their names. In folders, files without the extension of a
 * picture and names that begin with a dot are skipped. Links are followed; a folder that is reached
 * twice, for example through a loop, is read once. A file or folder that cannot be read is listed
 * and does not stop the search. Only names are kept, about 200 bytes a picture.
 */
public final class PictureFinder {

  private final boolean recursive;
  private final List<PictureFile> pictures = new ArrayList<>();
  private final List<FailedPicture> failures = new ArrayList<>();
  private final Set<Object> walked = new HashSet<>();
  private Optional<Path> anchor = Optional.empty();
  private int skippedFolders;

  /**
   * @param recursive whether to look into folders inside folders
   */
  public PictureFinder(boolean recursive) {
    this.recursive = recursive;
  }

  /** Whether an argument may stand for more than one file. */
  public static boolean isMany(String argument) {
    Path path = Path.of(argument);
    return Files.isDirectory(path) || Glob.looksLikeOne(argument) && !Files.exists(path);
  }

  /** Adds what an argument names: a file, a folder, or a pattern if there is no such file. */
  public void add(String argument) {
    if (Glob.looksLikeOne(argument) && !Files.exists(Path.of(argument))) {
      addMatches(new Glob(argument));
    } else {
      add(Path.of(argument));
    }
  }

  /** Adds a file, or the pictures in a folder. */
  public void add(Path path) {
    if (Files.isDirectory(path)) {
      widenAnchor(path);
      walk(path, path, recursive, FileNames::isPicture);
    } else {
      widenAnchor(path.toAbsolutePath().getParent());
      addFile(path, ownRelativePath(path));
    }
  }

  /** What was found, in order. */
  public List<PictureFile> pictures() {
    return pictures;
  }

  /** What could not be read. */
  public List<FailedPicture> failures() {
    return failures;
  }

  /** How many folders inside folders were skipped. */
  public int skippedFolders() {
    return skippedFolders;
  }

  /** The folder that contains all arguments; empty if there is no such folder, or no argument. */
  public Optional<Path> anchor() {
    return anchor;
  }

  private void addMatches(Glob glob) {
    int before = pictures.size() + failures.size();
    Path base = glob.base();
    var matcher = glob.matcher();
    Predicate<Path> wanted =
        file -> matcher.matches(file) && (glob.namesExtension() || FileNames.isPicture(file));
    if (Files.isDirectory(base.toAbsolutePath())) {
      widenAnchor(base);
      Set<Object> others = Set.copyOf(walked);
      walked.clear(); // Another pattern may match other files of the same folder.
      walk(base, base, glob.recursive(), wanted);
      walked.addAll(others);
    }
    if (pictures.size() + failures.size() == before) {
      failures.add(
          new FailedPicture(
              glob.pattern(), new IOException(glob.pattern() + ": no picture matches")));
    }
  }

  private void walk(Path folder, Path root, boolean deep, Predicate<Path> wanted) {
    List<Path> files = new ArrayList<>();
    List<Path> folders = new ArrayList<>();
    try {
      if (!walked.add(identity(folder))) {
        return;
      }
      // An empty path is this folder, but its stream would name its files with a leading ./
      try (DirectoryStream<Path> entries =
          Files.newDirectoryStream(folder.toString().isEmpty() ? Path.of(".") : folder)) {
        for (Path entry : entries) {
          Path path = folder.resolve(entry.getFileName());
          if (FileNames.isHidden(path)) {
            continue;
          }
          (Files.isDirectory(path) ? folders : files).add(path);
        }
      }
    } catch (IOException e) {
      fail(folder, e);
      return;
    } catch (DirectoryIteratorException e) {
      fail(folder, e.getCause());
      return;
    }
    files.sort(null);
    folders.sort(null);
    for (Path file : files) {
      if (wanted.test(file)) {
        addFile(file, root.relativize(file));
      }
    }
    if (deep) {
      folders.forEach(each -> walk(each, root, true, wanted));
    } else {
      skippedFolders += folders.size();
    }
  }

  /** A key that is equal for two paths to one folder. */
  private static Object identity(Path folder) throws IOException {
    return folder.toRealPath();
  }

  /**
   * Checks what the file is: reading a pipe would wait without end, and a broken link has a message
   * of its own.
   */
  private void addFile(Path file, Path relativePath) {
    if (Files.isRegularFile(file)) {
      pictures.add(new PictureFile(file, relativePath));
    } else if (Files.exists(file)) {
      fail(
          file,
          new IOException(FileNames.shown(file) + ": expected a file, found a device or pipe"));
    } else if (Files.isSymbolicLink(file)) {
      fail(
          file,
          new IOException(FileNames.shown(file) + ": a link that leads nowhere, or in a circle"));
    } else {
      fail(file, new NoSuchFileException(FileNames.shown(file)));
    }
  }

  /**
   * The relative path of a file that is given by itself: its path inside the working directory,
   * elsewhere only its name.
   */
  private static Path ownRelativePath(Path file) {
    Path normal = file.normalize();
    return normal.isAbsolute() || normal.startsWith("..") ? normal.getFileName() : normal;
  }

  private void fail(Path path, IOException reason) {
    failures.add(new FailedPicture(FileNames.shown(path), reason));
  }

  private void widenAnchor(Path folder) {
    Path wanted = folder.toAbsolutePath().normalize();
    Path common = anchor.orElse(wanted);
    while (common.getParent() != null && !wanted.startsWith(common)) {
      common = common.getParent();
    }
    anchor = Optional.of(common);
  }
}
