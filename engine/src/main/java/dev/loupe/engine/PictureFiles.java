package dev.loupe.engine;

import dev.loupe.engine.telemetry.PictureDecodeEvent;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;

/** Decodes pictures, with an event for flight recordings. */
final class PictureFiles {

  private PictureFiles() {}

  private interface Source {
    RgbImage decode(ImageDecoder decoder) throws IOException;
  }

  static RgbImage decode(Path file) throws IOException {
    return decode(decoder -> decoder.decode(file));
  }

  static RgbImage decode(byte[] file, String name) throws IOException {
    return decode(decoder -> decoder.decode(file, name));
  }

  private static RgbImage decode(Source source) throws IOException {
    PictureDecodeEvent event = PictureDecodeEvent.start();
    RgbImage picture = source.decode(new ImageDecoder());
    event.done(picture.width(), picture.height());
    return picture;
  }
}
