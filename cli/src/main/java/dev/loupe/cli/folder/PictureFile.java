package dev.loupe.cli.folder;

import java.nio.file.Path;

/**
 * A picture to caption.
 *
 * @param path the file, as given or as found in a given folder; also its name in messages
 * @param relativePath the path inside the given folder: relative, without {@code ..}
 */
public record PictureFile(Path path, Path relativePath) {

  /** The file name without its extension; {@code {name}} in a prompt. */
  public String name() {
    return FileNames.stem(path.getFileName().toString());
  }

  /** The name of its folder; {@code {folder}} in a prompt. Empty at the top of a disk. */
  public String folder() {
    Path parent = path.toAbsolutePath().normalize().getParent();
    return parent == null || parent.getFileName() == null ? "" : parent.getFileName().toString();
  }
}
