package dev.loupe.vision.image;

import java.util.Locale;
import java.util.Set;

/** Which files of a folder are taken for pictures. The name decides nothing else. */
public final class PictureNames {

  /** Formats that Loupe decodes, and other picture formats, which a run lists as not readable. */
  private static final Set<String> EXTENSIONS =
      Set.of(
          "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "dib", "tif", "tiff", "avif",
          "heic", "heif", "jxl", "jp2");

  private PictureNames() {}

  /**
   * Whether the name is that of a picture file.
   *
   * @param name without folders
   */
  public static boolean isPicture(String name) {
    int dot = name.lastIndexOf('.');
    return dot > 0 && EXTENSIONS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }
}
