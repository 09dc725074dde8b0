package dev.loupe.cli;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.jr.ob.JSON;

/** Copies of the built-in model, to be broken. */
public final class Fixtures {
  private static final JSON FORMAT = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);
  private static final List<String> FILES =
      List.of(
          "config.json",
          "generation_config.json",
          "model.safetensors",
          "preprocessor_config.json",
          "tokenizer.json",
          "tokenizer_config.json");

  private Fixtures() {}

  /** The built-in captioner as a folder. */
  public static Path modelIn(Path folder) throws IOException {
    ModelFiles files = BuiltInModel.files();
    Files.createDirectories(folder);
    for (String file : FILES) {
      try (InputStream in = files.open(file)) {
        Files.copy(in, folder.resolve(file));
      }
    }
    return folder;
  }

  /** Changes a file of one JSON object. */
  public static void edit(Path file, Consumer<Map<String, Object>> change) throws IOException {
    Map<String, Object> json = new LinkedHashMap<>(FORMAT.mapFrom(Files.readAllBytes(file)));
    change.accept(json);
    Files.write(file, FORMAT.asBytes(json));
  }

  /** Changes the header of a safetensors file; the data stays. */
  public static void editHeader(Path file, Consumer<Map<String, Map<String, Object>>> change)
      throws IOException {
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] old = new byte[Math.toIntExact(content.getLong())];
    content.get(old);
    Map<String, Map<String, Object>> header = header(old);
    change.accept(header);
    byte[] json = FORMAT.asBytes(header);
    ByteBuffer changed = ByteBuffer.allocate(Long.BYTES + json.length + content.remaining());
    changed.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).put(content);
    Files.write(file, changed.array());
  }

  @SuppressWarnings("unchecked") // Every value of a header is an object.
  private static Map<String, Map<String, Object>> header(byte[] json) {
    Map<String, Map<String, Object>> header = new LinkedHashMap<>();
    FORMAT.mapFrom(json).forEach((k, v) -> header.put(k, (Map<String, Object>) v));
    return header;
  }
}
