package dev.loupe.weights.safetensors;

import dev.loupe.io.Printable;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The header of a safetensors file, checked against the size of the file: a 64-bit little-endian
 * length, that many bytes of JSON, then the data, without hole or overlap (format description of
 * github.com/huggingface/safetensors).
 *
 * <p>A file that passes can be read without a further check: every tensor lies inside the data and
 * has exactly the bytes that its type and shape ask for.
 *
 * @param dataStart the offset of the first data byte in the file
 * @param metadata the {@code __metadata__} strings, often {@code format: pt}; empty if absent
 * @param entries the tensors by name, in the order of their data
 */
public record SafetensorsHeader(
    long dataStart, Map<String, String> metadata, SequencedMap<String, Entry> entries) {

  /** The length limit of the reference implementation: 100 MB. */
  public static final long MAX_LENGTH = 100_000_000;

  /** The key that holds strings about the file instead of a tensor. */
  static final String METADATA = "__metadata__";

  private static final int PREFIX = Long.BYTES;

  /**
   * One tensor of the file.
   *
   * @param begin the offset of its first byte, counted from {@link #dataStart}
   * @param end the offset after its last byte
   */
  public record Entry(StoredType type, Shape shape, long begin, long end) {}

  /** Copies the maps. */
  public SafetensorsHeader {
    metadata = Map.copyOf(metadata);
    entries = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(entries));
  }

  /**
   * Reads and checks the header of a file of which {@code content} is all.
   *
   * @param file the file's name, for messages
   * @throws IOException if the header breaks a rule of the format or does not fit the file; the
   *     message names the file, the tensor if there is one, what was expected and what was found
   */
  public static SafetensorsHeader read(String file, MemorySegment content) throws IOException {
    byte[] json = json(file, content);
    long dataStart = PREFIX + json.length;
    long dataLength = content.byteSize() - dataStart;
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, Entry> entries = new LinkedHashMap<>();
    try (JsonCursor cursor = new JsonCursor(file, json)) {
      cursor.beginObject("header");
      while (cursor.nextKey()) {
        String name = cursor.key();
        if (name.equals(METADATA)) {
          readMetadata(cursor, metadata);
        } else {
          entries.put(name, readEntry(file, cursor, name, dataLength));
        }
      }
      cursor.end();
    }
    return new SafetensorsHeader(dataStart, metadata, inOrder(file, entries, dataLength));
  }

  /** The bytes of the JSON text; nothing is allocated before its length is known to be sound. */
  private static byte[] json(String file, MemorySegment content) throws IOException {
    long size = content.byteSize();
    if (size < PREFIX) {
      throw new IOException(
          ("%s: expected a safetensors file of at least 8 bytes, found %d bytes; "
                  + "the file is truncated, fetch it again")
              .formatted(file, size));
    }
    long length = content.get(Tensor.LONG, 0);
    if (Long.compareUnsigned(length, MAX_LENGTH) > 0) {
      throw new IOException(
          "%s: expected a header of at most %d bytes, found %s; %s"
              .formatted(file, MAX_LENGTH, Long.toUnsignedString(length), remedy(content)));
    }
    if (length > size - PREFIX) {
      throw new IOException(
          ("%s: expected a header of %d bytes after the first 8, found a file of %d bytes; "
                  + "the file is truncated, fetch it again")
              .formatted(file, length, size));
    }
    byte[] json = content.asSlice(PREFIX, length).toArray(ValueLayout.JAVA_BYTE);
    if (json.length == 0 || json[0] != '{') {
      throw new IOException(
          "%s: expected a header that begins with '{', found %s; this is no safetensors file"
              .formatted(
                  file, json.length == 0 ? "no header" : "byte " + Byte.toUnsignedInt(json[0])));
    }
    return json;
  }

  private static String remedy(MemorySegment content) {
    byte[] lfs = "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);
    boolean pointer =
        content.byteSize() >= lfs.length
            && Arrays.equals(content.asSlice(0, lfs.length).toArray(ValueLayout.JAVA_BYTE), lfs);
    return pointer
        ? "this is a Git LFS pointer in place of the weights, run git lfs pull"
        : "this is no safetensors file";
  }

  private static void readMetadata(JsonCursor cursor, Map<String, String> metadata)
      throws IOException {
    cursor.beginObject(METADATA);
    while (cursor.nextKey()) {
      metadata.put(cursor.key(), cursor.string(METADATA + "." + cursor.key()));
    }
  }

  private static Entry readEntry(String file, JsonCursor cursor, String name, long dataLength)
      throws IOException {
    Optional<StoredType> type = Optional.empty();
    Optional<Shape> shape = Optional.empty();
    Optional<long[]> offsets = Optional.empty();
    cursor.beginObject(name);
    while (cursor.nextKey()) {
      switch (cursor.key()) {
        case "dtype" -> type = Optional.of(readType(file, cursor, name));
        case "shape" -> shape = Optional.of(Shape.of(readIntegers(cursor, name + ".shape")));
        case "data_offsets" -> offsets = Optional.of(readIntegers(cursor, name + ".data_offsets"));
        default ->
            throw bad(file, name, "dtype, shape and data_offsets", "the key " + cursor.key());
      }
    }
    if (type.isEmpty() || shape.isEmpty() || offsets.isEmpty()) {
      String missing = type.isEmpty() ? "dtype" : shape.isEmpty() ? "shape" : "data_offsets";
      throw bad(file, name, "dtype, shape and data_offsets", "no " + missing);
    }
    return checked(file, name, type.get(), shape.get(), offsets.get(), dataLength);
  }

  private static StoredType readType(String file, JsonCursor cursor, String name)
      throws IOException {
    String found = cursor.string(name + ".dtype");
    return StoredType.named(found)
        .orElseThrow(
            () -> bad(file, name, "a dtype of " + Arrays.toString(StoredType.values()), found));
  }

  private static long[] readIntegers(JsonCursor cursor, String subject) throws IOException {
    List<Long> values = new ArrayList<>();
    cursor.beginArray(subject);
    while (cursor.nextInteger(subject)) {
      values.add(cursor.integer(subject));
    }
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  private static Entry checked(
      String file, String name, StoredType type, Shape shape, long[] offsets, long dataLength)
      throws IOException {
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw bad(file, name, "data_offsets [begin, end], begin <= end", Arrays.toString(offsets));
    }
    if (offsets[1] > dataLength) {
      throw bad(
          file,
          name,
          "data_offsets within the %d bytes of data".formatted(dataLength),
          "%s, beyond the end of the file (truncated? fetch it again)"
              .formatted(Arrays.toString(offsets)));
    }
    long bytes;
    try {
      bytes =
          type.bytes(shape)
              .orElseThrow(() -> bad(file, name, "a shape of whole bytes", type + " " + shape));
    } catch (ArithmeticException e) {
      throw bad(file, name, "a shape of less than 2^63 bits", type + " " + shape);
    }
    if (bytes != offsets[1] - offsets[0]) {
      throw bad(
          file,
          name,
          "%d bytes for %s %s".formatted(bytes, type, shape),
          "%d bytes in data_offsets %s"
              .formatted(offsets[1] - offsets[0], Arrays.toString(offsets)));
    }
    return new Entry(type, shape, offsets[0], offsets[1]);
  }

  /** The entries in the order of their data, which must fill the file without hole or overlap. */
  private static SequencedMap<String, Entry> inOrder(
      String file, Map<String, Entry> entries, long dataLength) throws IOException {
    List<Map.Entry<String, Entry>> sorted = new ArrayList<>(entries.entrySet());
    sorted.sort(
        Comparator.<Map.Entry<String, Entry>>comparingLong(e -> e.getValue().begin())
            .thenComparingLong(e -> e.getValue().end()));
    SequencedMap<String, Entry> ordered = new LinkedHashMap<>();
    long filled = 0;
    for (Map.Entry<String, Entry> e : sorted) {
      Entry entry = e.getValue();
      if (entry.begin() < filled) {
        throw bad(
            file,
            e.getKey(),
            "data from offset " + filled + " on",
            "offset %d, an overlap with %s".formatted(entry.begin(), ordered.lastEntry().getKey()));
      }
      if (entry.begin() > filled) {
        throw bad(
            file,
            e.getKey(),
            "data from offset " + filled + " on",
            "offset %d, a hole of %d bytes".formatted(entry.begin(), entry.begin() - filled));
      }
      ordered.put(e.getKey(), entry);
      filled = entry.end();
    }
    if (filled != dataLength) {
      throw new IOException(
          "%s: expected %d bytes of data, found %d; the last %d bytes belong to no tensor"
              .formatted(file, filled, dataLength, dataLength - filled));
    }
    return ordered;
  }

  private static IOException bad(String file, String subject, String expected, String found) {
    return new IOException(
        Printable.escape(
            "%s: expected %s, found %s in %s".formatted(subject, expected, found, file)));
  }
}
