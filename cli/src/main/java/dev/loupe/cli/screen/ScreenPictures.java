package dev.loupe.cli.screen;

import dev.loupe.cli.folder.CaptionTemplate;
import dev.loupe.cli.folder.PictureFile;
import dev.loupe.cli.folder.PictureReader;
import dev.loupe.engine.Prompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * The pictures of a screen, each once, with the question about them.
 *
 * @param files in order
 * @param reader reads a picture
 * @param prompt the question
 */
record ScreenPictures(List<PictureFile> files, PictureReader reader, CaptionTemplate prompt) {

  /** Pictures of which one may be named twice. */
  static ScreenPictures of(List<PictureFile> found, PictureReader reader, CaptionTemplate prompt) {
    Map<Path, PictureFile> once = new LinkedHashMap<>();
    found.forEach(file -> once.putIfAbsent(file.path().toAbsolutePath().normalize(), file));
    return new ScreenPictures(List.copyOf(once.values()), reader, prompt);
  }

  /** Their names: paths as given or found. */
  List<String> names() {
    return files.stream().map(file -> file.path().toString()).toList();
  }

  /** Size and time of each file by its name; it changes when the picture does. */
  Map<String, String> stamps() {
    Map<String, String> stamps = new LinkedHashMap<>();
    for (PictureFile file : files) {
      stamps.put(file.path().toString(), stamp(file.path()));
    }
    return stamps;
  }

  private static String stamp(Path file) {
    try {
      return Files.size(file) + " " + Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return ""; // Reading the picture will say what is wrong.
    }
  }

  /**
   * The prompt of a picture.
   *
   * @throws IOException if the file cannot be read as a picture
   */
  Prompt prompt(int picture) throws IOException {
    PictureFile file = files.get(picture);
    try {
      return Prompt.create().image(reader.read(file.path())).text(prompt.fill(file, ""));
    } catch (StackOverflowError | OutOfMemoryError e) {
      throw new IOException(file.path() + ": " + e, e); // One picture ends no screen.
    }
  }

  /** Those that are not known, by their place in the list. */
  List<Integer> missing(IntPredicate known) {
    List<Integer> missing = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      if (!known.test(i)) {
        missing.add(i);
      }
    }
    return missing;
  }
}
