package dev.loupe.weights;

import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * One safetensors file, mapped into memory. Files and tensors may exceed 2 GiB; nothing of the data
 * is read before it is touched.
 *
 * <p>The tensors are views of the mapping and end with {@link #close}. May be used by several
 * threads.
 */
public final class SafetensorsFile implements AutoCloseable {
  private final String name;
  private final Optional<Path> path;
  private final Arena arena;
  private final MemorySegment content;
  private final SafetensorsHeader header;

  private SafetensorsFile(String name, Optional<Path> path, Arena arena, MemorySegment content)
      throws IOException {
    this.name = name;
    this.path = path;
    this.arena = arena;
    this.content = content;
    this.header = SafetensorsHeader.read(name, content);
  }

  /**
   * Maps a file and checks its header.
   *
   * @throws IOException if there is no such file, it cannot be read, or its header is refused (see
   *     {@link SafetensorsHeader#read})
   */
  public static SafetensorsFile open(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          "%s: expected a safetensors file, found %s"
              .formatted(file, Files.exists(file) ? "a folder or device" : "nothing of this name"));
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MemorySegment content = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      return new SafetensorsFile(file.getFileName().toString(), Optional.of(file), arena, content);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Copies all of a stream, for instance a resource, into memory and checks its header. The stream
   * stays open.
   *
   * @param name what messages call it
   * @throws IOException if the stream cannot be read, holds 2 GiB or more, or its header is refused
   */
  public static SafetensorsFile read(String name, InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(Integer.MAX_VALUE - 8);
    if (in.read() >= 0) {
      throw new IOException(name + ": expected less than 2 GiB in a stream, found more");
    }
    Arena arena = Arena.ofShared();
    try {
      MemorySegment content = arena.allocate(bytes.length, 64);
      content.copyFrom(MemorySegment.ofArray(bytes));
      return new SafetensorsFile(name, Optional.empty(), arena, content.asReadOnly());
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** The file's name without its folder: {@code model-00001-of-00002.safetensors}. */
  public String name() {
    return name;
  }

  /** Where it lies; empty if it was read from a stream. */
  public Optional<Path> path() {
    return path;
  }

  /** The strings stored beside the tensors. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** The tensors as the header describes them, in the order of their data. */
  public SequencedMap<String, SafetensorsHeader.Entry> entries() {
    return header.entries();
  }

  /** The bytes of the tensor stored under this name, which there must be. */
  long byteSize(String storedName) {
    SafetensorsHeader.Entry entry = header.entries().get(storedName);
    return entry.end() - entry.begin();
  }

  /**
   * The tensor stored under this name, a view.
   *
   * @throws IOException if there is none
   * @throws IllegalStateException if the file was closed
   */
  public Tensor tensor(String storedName) throws IOException {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException(name + ": expected an open file, found it closed");
    }
    SafetensorsHeader.Entry entry = header.entries().get(storedName);
    if (entry == null) {
      throw new IOException(
          "%s: expected in %s, found only %d other tensors"
              .formatted(storedName, name, header.entries().size()));
    }
    return new Tensor(
        entry.dtype(),
        entry.shape(),
        MappedFile.slice(content, header.dataStart() + entry.begin(), entry.end() - entry.begin()));
  }

  /** Ends the mapping and with it all tensors. A second call does nothing. */
  @Override
  public synchronized void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
