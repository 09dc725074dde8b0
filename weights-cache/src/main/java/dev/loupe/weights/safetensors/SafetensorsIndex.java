package dev.loupe.weights.safetensors;

import dev.loupe.io.Printable;
import dev.loupe.io.RegularFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * {@code model.safetensors.index.json}: which shard holds which tensor.
 *
 * @param weightMap stored tensor name to file name, in the order of the index
 */
public record SafetensorsIndex(SequencedMap<String, String> weightMap) {

  /** The name of an index in a model folder. */
  public static final String FILE = "model.safetensors.index.json";

  private static final int MAX_LENGTH = Math.toIntExact(SafetensorsHeader.MAX_LENGTH);

  /** Copies the map. */
  public SafetensorsIndex {
    weightMap = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(weightMap));
  }

  /**
   * Reads an index file.
   *
   * @throws IOException if it cannot be read, is larger than {@link SafetensorsHeader#MAX_LENGTH},
   *     is no JSON object with a {@code weight_map} of strings, repeats a key, or points to a file
   *     outside its folder
   */
  public static SafetensorsIndex read(Path file) throws IOException {
    return parse(file.getFileName().toString(), RegularFile.readAllBytes(file, MAX_LENGTH));
  }

  /** The same of its content. */
  static SafetensorsIndex parse(String name, byte[] json) throws IOException {
    Map<String, String> shards = new LinkedHashMap<>();
    boolean found = false;
    try (JsonCursor cursor = new JsonCursor(name, json)) {
      cursor.beginObject("index");
      while (cursor.nextKey()) {
        if (cursor.key().equals("weight_map")) {
          found = true;
          readWeightMap(name, cursor, shards);
        } else {
          cursor.skipValue();
        }
      }
      cursor.end();
    }
    if (!found || shards.isEmpty()) {
      throw new IOException(
          "weight_map: expected at least one tensor, found %s in %s"
              .formatted(found ? "none" : "no such key", name));
    }
    return new SafetensorsIndex(new LinkedHashMap<>(shards));
  }

  private static void readWeightMap(String name, JsonCursor cursor, Map<String, String> shards)
      throws IOException {
    cursor.beginObject("weight_map");
    while (cursor.nextKey()) {
      String tensor = cursor.key();
      String shard = cursor.string(tensor);
      if (!isFileName(shard)) {
        throw new IOException(
            Printable.escape(
                "%s: expected the name of a file beside the index, found '%s' in %s"
                    .formatted(tensor, shard, name)));
      }
      shards.put(tensor, shard);
    }
  }

  /**
   * Whether a shard's name means a file beside the index on every system: a colon is part of a path
   * on Windows, and no name has a NUL.
   */
  private static boolean isFileName(String shard) {
    return !shard.isEmpty()
        && shard.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ')
        && !shard.equals(".")
        && !shard.equals("..");
  }

  /** The file names that the index mentions, sorted. */
  public SortedSet<String> shards() {
    return new TreeSet<>(weightMap.values());
  }
}
