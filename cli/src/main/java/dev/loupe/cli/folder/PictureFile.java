package dev.loupe.cli.folder;

import java.nio.file.Path;

/**
 * A picture that is to be captioned.
 *
 * @param path the file, as it was given or reached from a folder that was; what messages call it
 * @param place the same within the tree that was given: relative, without {@code ..}
 */
public record PictureFile(Path path, Path place) {

  /** The file name without its extension; {@code {name}} in a prompt. */
  public String name() {
    return FileNames.stem(path.getFileName().toString());
  }

  /**
   * The name of the folder it lies in; {@code {folder}} in a prompt. Empty at the top of a disk.
   */
  public String folder() {
    Path parent = path.toAbsolutePath().normalize().getParent();
    return parent == null || parent.getFileName() == null ? "" : parent.getFileName().toString();
  }
}
