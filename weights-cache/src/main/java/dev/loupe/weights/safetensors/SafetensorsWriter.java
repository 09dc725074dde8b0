package dev.loupe.weights.safetensors;

import dev.loupe.io.TemporaryFile;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes tensors into a safetensors file, one after the other as they come into being.
 *
 * <p>{@link #add} copies a tensor's bytes to a file beside the target at once, so its memory may be
 * used again; {@link #commit} puts the header before them and renames the result to the target. A
 * writer that is closed without a commit leaves nothing behind, and the target as it was:
 *
 * <pre>{@code
 * try (var out = SafetensorsWriter.create(file)) {
 *   out.metadata("format", "pt");
 *   out.add("logits", logits);
 *   out.commit();
 * }
 * }</pre>
 *
 * <p>As in the reference implementation, tensors of wide elements come first and the header is
 * padded with spaces to a multiple of 8 bytes: each tensor is then aligned to its element size,
 * which PyTorch asks for. Not for use by several threads at once.
 */
public final class SafetensorsWriter implements AutoCloseable {
  private static final int BUFFER = 1 << 20;

  private final Path target;
  private final TemporaryFile data;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
  private final Map<String, String> metadata = new TreeMap<>();
  private final Map<String, Added> added = new LinkedHashMap<>();
  private long dataBytes;
  private boolean committed;

  /** A tensor whose bytes begin at {@code position} of the data file. */
  private record Added(String name, DType dtype, Shape shape, long position, long bytes) {}

  private SafetensorsWriter(Path target, TemporaryFile data) {
    this.target = target;
    this.data = data;
  }

  /**
   * Starts a file. An existing one is replaced, at the commit.
   *
   * @throws IOException if the target is a folder, or its folder is missing or not writable
   */
  public static SafetensorsWriter create(Path target) throws IOException {
    return new SafetensorsWriter(target.toAbsolutePath(), TemporaryFile.of(target));
  }

  /**
   * Writes a whole file.
   *
   * @throws IOException as {@link #create}, {@link #add} and {@link #commit}
   */
  public static void write(Path target, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    try (SafetensorsWriter out = create(target)) {
      metadata.forEach(out::metadata);
      for (Map.Entry<String, Tensor> e : tensors.entrySet()) {
        out.add(e.getKey(), e.getValue());
      }
      out.commit();
    }
  }

  /** Stores a string beside the tensors; a second one of this key replaces the first. */
  public void metadata(String key, String value) {
    metadata.put(key, value);
  }

  /**
   * Adds a tensor and copies its bytes to disk.
   *
   * @throws IOException if the disk does not take them
   * @throws IllegalArgumentException if the name was used already or is {@code __metadata__}
   */
  public void add(String name, Tensor tensor) throws IOException {
    if (name.equals(SafetensorsHeader.METADATA) || added.containsKey(name)) {
      throw new IllegalArgumentException(
          "%s: expected a new tensor name, found one that is in use".formatted(name));
    }
    MemorySegment from = tensor.segment();
    MemorySegment chunk = MemorySegment.ofBuffer(buffer.clear());
    for (long done = 0; done < from.byteSize(); done += BUFFER) {
      long n = Math.min(BUFFER, from.byteSize() - done);
      MemorySegment.copy(from, done, chunk, 0, n);
      data.append(buffer.clear().limit((int) n));
    }
    added.put(name, new Added(name, tensor.dtype(), tensor.shape(), dataBytes, from.byteSize()));
    dataBytes += from.byteSize();
  }

  /**
   * Completes the file and gives it its name.
   *
   * @throws IOException if the disk does not take it; the target is then as it was
   * @throws IllegalStateException if it was committed before
   */
  public void commit() throws IOException {
    if (committed) {
      throw new IllegalStateException(target + ": expected one commit, found a second");
    }
    List<Added> order =
        added.values().stream().sorted(Comparator.comparingInt(a -> -a.dtype().bytes())).toList();
    TemporaryFile.replace(target, out -> writeTo(out, order));
    committed = true;
  }

  private void writeTo(TemporaryFile out, List<Added> order) throws IOException {
    byte[] header = header(order);
    ByteBuffer prefix = ByteBuffer.allocate(Long.BYTES + header.length);
    prefix.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).flip();
    out.append(prefix);
    for (Added a : order) {
      out.append(data, a.position(), a.bytes());
    }
  }

  private byte[] header(List<Added> order) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json =
        new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes, JsonEncoding.UTF8)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectPropertyStart(SafetensorsHeader.METADATA);
        metadata.forEach(json::writeStringProperty);
        json.writeEndObject();
      }
      long offset = 0;
      for (Added a : order) {
        json.writeObjectPropertyStart(a.name());
        json.writeStringProperty("dtype", a.dtype().name());
        writeArray(json, "shape", a.shape().toArray());
        writeArray(json, "data_offsets", offset, offset + a.bytes());
        json.writeEndObject();
        offset += a.bytes();
      }
      json.writeEndObject();
    }
    while (bytes.size() % Long.BYTES != 0) {
      bytes.write(' ');
    }
    if (bytes.size() > SafetensorsHeader.MAX_LENGTH) {
      throw new IOException(
          "%s: expected a header of at most %d bytes, found %d; write fewer tensors to a file"
              .formatted(target, SafetensorsHeader.MAX_LENGTH, bytes.size()));
    }
    return bytes.toByteArray();
  }

  private static void writeArray(JsonGenerator json, String name, long... values) {
    json.writeArrayPropertyStart(name);
    for (long value : values) {
      json.writeNumber(value);
    }
    json.writeEndArray();
  }

  /** Removes what a commit has not made into the target. */
  @Override
  public void close() {
    data.close();
  }
}
