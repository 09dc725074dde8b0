package dev.loupe.cli.options;

import dev.loupe.cli.command.ErrorReporter;
import dev.loupe.cli.folder.FileNames;
import dev.loupe.cli.folder.PictureReader;
import dev.loupe.engine.Prompt;
import dev.loupe.io.Printable;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
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

  public static PictureInput clip(List<Path> frames) {
    return new PictureInput(frames, true);
  }

  /** The name in JSON: the path as given; for a clip all paths, joined by commas. */
  public String name() {
    return files.stream().map(Path::toString).collect(Collectors.joining(","));
  }

  /** The name in lines and messages: {@link #name} with control characters escaped. */
  public String label() {
    return files.stream().map(FileNames::shown).collect(Collectors.joining(","));
  }

  /**
   * The picture, or the frames, each named by its path as given.
   *
   * @throws IOException if a file cannot be read as a picture
   */
  public List<RgbImage> decode(PictureReader reader) throws IOException {
    List<RgbImage> images = new ArrayList<>();
    for (Path file : files) {
      images.add(reader.read(file));
    }
    return images;
  }

  /** The question about it, asked alone. */
  public Prompt asked(List<RgbImage> images, String question) {
    Prompt prompt = Prompt.create();
    return (isClip ? prompt.clip(images) : prompt.image(images.getFirst())).text(question);
  }

  /** The text of a failure in one line. It begins with the name of the file. */
  public String explain(Throwable failure) {
    String text = Printable.escape(ErrorReporter.text(failure));
    boolean named = files.stream().anyMatch(file -> text.startsWith(FileNames.shown(file) + ":"));
    return named ? text : label() + ": " + text;
  }
}
