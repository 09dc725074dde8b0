package dev.loupe.cli.verify;

import dev.loupe.cli.options.PictureInput;
import dev.loupe.io.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the pictures that a row names.
 *
 * @param folder of the file with the rows
 */
record RowFile(Path folder) {

  /**
   * The picture, or the clip if the row names several files.
   *
   * @throws IOException if a file is neither beside the rows nor where the command runs
   */
  PictureInput input(JsonObject row) throws IOException {
    String image = row.requiredText("image");
    Optional<Path> one =
        Stream.concat(
                row.text("file_name").stream().map(folder::resolve),
                Stream.of(Path.of(image), folder.resolve(image)))
            .filter(Files::exists)
            .findFirst();
    if (one.isPresent()) {
      return PictureInput.picture(one.get());
    }
    List<Path> frames =
        Stream.of(image.split(","))
            .map(name -> Files.exists(Path.of(name)) ? Path.of(name) : folder.resolve(name))
            .toList();
    for (Path frame : frames) {
      if (!Files.exists(frame)) {
        throw new IOException(
            "%s: expected it in this folder or in %s, found it in neither"
                .formatted(image, folder));
      }
    }
    return PictureInput.clip(frames);
  }
}
