package dev.loupe.testkit.pictures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** All odd pictures, by their names; a name always stands for the same bytes. */
public final class OddPictures {

  /** How many there are of each kind. */
  public static final int OF_EACH = 40;

  private OddPictures() {}

  /** The files by name, such as {@code sticker-07.webp}. */
  public static Map<String, byte[]> all() {
    Map<String, byte[]> files = new TreeMap<>();
    for (int n = 0; n < OF_EACH; n++) {
      String number = "-%02d.".formatted(n);
      files.put("turned-jpeg" + number + "jpg", TurnedPictures.jpeg(n));
      files.put("turned-png" + number + "png", TurnedPictures.png(n));
      files.put("turned-webp" + number + "webp", TurnedPictures.webp(n));
      files.put("turned-tiff" + number + "tiff", TurnedPictures.tiff(n));
      files.put("sticker" + number + "webp", Stickers.sticker(n));
      files.put("profile" + number + ProfiledPictures.type(n), ProfiledPictures.picture(n));
      files.put("hostile" + number + HostilePictures.type(n), HostilePictures.picture(n));
    }
    return files;
  }

  /** Writes all into a folder, for another program to read. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    for (Map.Entry<String, byte[]> file : all().entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }
  }
}
