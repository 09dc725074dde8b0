package dev.loupe.cli.options;

import dev.loupe.cli.command.ErrorReporter;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A picture or clip that the command line names.
 *
 * @param files one picture, or the frames of a clip
 * @param isClip whether it is a clip, which may have one frame
 */
public record PictureInput(List<Path> files, boolean isClip) {

  public PictureInput {
    files = List.copyOf(files);
  }

  public static PictureInput picture(Path file) {
    return new PictureInput(List.of(file), false);
  }

  static PictureInput clip(List<Path> frames) {
    return new PictureInput(frames, true);
  }

  /**
   * The name in results and messages: the path as given; for a clip all paths, joined by commas.
   */
  public String label() {
    return files.stream().map(Path::toString).collect(Collectors.joining(","));
  }

  /**
   * The picture, or the frames, each named by its path as given.
   *
   * @throws IOException if a file cannot be read as a picture
   */
  public List<RgbImage> decode() throws IOException {
    List<RgbImage> images = new ArrayList<>();
    for (Path file : files) {
      images.add(new ImageDecoder().decode(Files.readAllBytes(file), file.toString()));
    }
    return images;
  }

  /** The text of a failure in one line. It begins with the name of the file. */
  public String explain(Throwable failure) {
    String text = ErrorReporter.text(failure);
    boolean named = files.stream().anyMatch(file -> text.startsWith(file + ":"));
    return named ? text : label() + ": " + text;
  }
}
