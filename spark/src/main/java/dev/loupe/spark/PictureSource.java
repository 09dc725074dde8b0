package dev.loupe.spark;

import dev.loupe.io.RegularFile;
import dev.loupe.vision.image.ImageDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.deploy.SparkHadoopUtil;

/**
 * The bytes of a picture's file.
 *
 * @param name what messages call it
 * @param content the bytes
 */
record PictureSource(String name, byte[] content) {

  private static final String NAMELESS = "picture";
  private static final String LOCAL = "file";

  /**
   * What a column holds: bytes, or the path of a file in any file system that Spark can read.
   *
   * @throws IOException if the file cannot be read, or there is neither
   */
  static PictureSource of(Object value) throws IOException {
    return switch (value) {
      case byte[] bytes -> new PictureSource(NAMELESS, bytes);
      case String path -> read(new Path(path));
      case null -> throw new IOException("picture: expected bytes or a path, found null");
      default ->
          throw new IllegalArgumentException(
              "picture: expected bytes or a path, found " + value.getClass().getSimpleName());
    };
  }

  private static PictureSource read(Path path) throws IOException {
    String name = Optional.of(path.getName()).filter(n -> !n.isEmpty()).orElse(path.toString());
    FileSystem files = path.getFileSystem(SparkHadoopUtil.get().conf());
    if (files.getUri().getScheme().equals(LOCAL)) {
      // Hadoop would wait for a pipe, and look for a checksum beside each file.
      java.nio.file.Path file = java.nio.file.Path.of(path.toUri().getPath());
      return new PictureSource(name, RegularFile.readAllBytes(file, ImageDecoder.MAX_FILE_BYTES));
    }
    try (InputStream in = files.open(path)) {
      return new PictureSource(
          name, RegularFile.readAllBytes(in, ImageDecoder.MAX_FILE_BYTES, name));
    }
  }
}
