package dev.loupe.weights.safetensors;

import dev.loupe.io.Printable;
import dev.loupe.io.RegularFile;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.file.FileStamp;
import dev.loupe.weights.file.MappedFile;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * One safetensors file, its tensors mapped into memory when they are asked for. Files and tensors
 * may exceed 2 GiB; nothing of the data is read before it is touched.
 *
 * <p>Each tensor has a mapping of its own, which ends with {@link #release} or {@link #close}:
 * pages that were touched count as memory of the process for as long as they are mapped, and a
 * model that is packed must not be held twice. May be used by several threads.
 */
public final class SafetensorsFile implements AutoCloseable {
  private final String name;
  private final Optional<Path> path;
  private final SafetensorsHeader header;
  private final Content content;
  private final Map<String, Mapped> mapped = new HashMap<>();
  private boolean closed;

  /** A tensor that was asked for. */
  private record Mapped(Tensor tensor, Arena arena) {}

  /** Where the bytes are: in a file, or in memory. */
  private interface Content extends AutoCloseable {

    /** Some bytes, until the arena or this is closed. */
    MemorySegment slice(long offset, long bytes, Arena arena) throws IOException;

    /** Throws if the bytes were changed since they were opened. */
    void requireUnchanged() throws IOException;

    @Override
    void close() throws IOException;
  }

  /** Stays open, so that all tensors are of one file, even if another one takes its name. */
  private static final class OnDisk implements Content {
    private final Path path;
    private final FileStamp opened;
    private FileChannel channel;

    /** Read before the file is opened, so that a later replacement is noticed. */
    OnDisk(Path path) throws IOException {
      this.path = path;
      this.opened = FileStamp.of(path);
      this.channel = RegularFile.channel(path);
    }

    /** An interrupt closes the channel, for all threads and tensors. */
    @Override
    public MemorySegment slice(long offset, long bytes, Arena arena) throws IOException {
      boolean interrupted = false;
      try {
        while (true) {
          interrupted |= Thread.interrupted();
          try {
            return MappedFile.of(channel.map(MapMode.READ_ONLY, offset, bytes, arena));
          } catch (ClosedByInterruptException e) {
            channel = RegularFile.channel(path);
            requireUnchanged();
          }
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    @Override
    public void requireUnchanged() throws IOException {
      opened.requireUnchanged(path);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private record InMemory(MemorySegment all, Arena owner) implements Content {

    @Override
    public MemorySegment slice(long offset, long bytes, Arena arena) {
      return all.asSlice(offset, bytes);
    }

    @Override
    public void requireUnchanged() {}

    @Override
    public void close() {
      owner.close();
    }
  }

  private SafetensorsFile(
      String name, Optional<Path> path, SafetensorsHeader header, Content content) {
    this.name = name;
    this.path = path;
    this.header = header;
    this.content = content;
  }

  /**
   * Maps a file and checks its header.
   *
   * @throws IOException if there is no such file, it cannot be read, or its header is refused (see
   *     {@link SafetensorsHeader#read})
   */
  public static SafetensorsFile open(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException(
          Printable.escape(file + ": expected a safetensors file, found nothing of this name"));
    }
    String name = file.getFileName().toString();
    OnDisk content = new OnDisk(file);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = content.slice(0, content.channel.size(), arena);
      SafetensorsHeader header = SafetensorsHeader.read(name, all);
      return new SafetensorsFile(name, Optional.of(file), header, content);
    } catch (IOException | RuntimeException | Error e) {
      content.close();
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
      MemorySegment all = arena.allocate(bytes.length, 64);
      all.copyFrom(MemorySegment.ofArray(bytes));
      SafetensorsHeader header = SafetensorsHeader.read(name, all);
      InMemory content = new InMemory(all.asReadOnly(), arena);
      return new SafetensorsFile(name, Optional.empty(), header, content);
    } catch (IOException | RuntimeException | Error e) {
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

  /**
   * Checks that the file still has the content that was read so far.
   *
   * @throws IOException if the file was written to, replaced or removed since it was opened
   */
  public void requireUnchanged() throws IOException {
    content.requireUnchanged();
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
  public long byteSize(String storedName) {
    SafetensorsHeader.Entry entry = header.entries().get(storedName);
    return entry.end() - entry.begin();
  }

  /**
   * The tensor stored under this name, a view that lives until {@link #release} or {@link #close}.
   *
   * @throws IOException if there is none, it is of a type that Loupe does not read, or it cannot be
   *     mapped
   * @throws IllegalStateException if the file was closed
   */
  public synchronized Tensor tensor(String storedName) throws IOException {
    if (closed) {
      throw new IllegalStateException(name + ": expected an open file, found it closed");
    }
    SafetensorsHeader.Entry entry = header.entries().get(storedName);
    if (entry == null) {
      throw new IOException(
          "%s: expected in %s, found only %d other tensors"
              .formatted(storedName, name, header.entries().size()));
    }
    DType dtype =
        entry
            .type()
            .dtype()
            .orElseThrow(() ->
                new IOException(
                    "%s: expected F32, BF16 or F16, found %s in %s"
                        .formatted(Printable.escape(storedName), entry.type(), name)));
    Mapped known = mapped.get(storedName);
    return known == null ? map(storedName, dtype, entry) : known.tensor();
  }

  private Tensor map(String storedName, DType dtype, SafetensorsHeader.Entry entry)
      throws IOException {
    Arena arena = Arena.ofShared();
    try {
      long offset = header.dataStart() + entry.begin();
      MemorySegment bytes = content.slice(offset, entry.end() - entry.begin(), arena);
      Tensor tensor = new Tensor(dtype, entry.shape(), bytes);
      mapped.put(storedName, new Mapped(tensor, arena));
      return tensor;
    } catch (IOException | RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Ends the mapping of a tensor that is no longer read. The next call that asks for the tensor
   * maps it again. Does nothing for a file that was read from a stream.
   */
  public synchronized void release(String storedName) {
    Mapped known = mapped.remove(storedName);
    if (known != null) {
      known.arena().close();
    }
  }

  /** Ends all tensors. A second call does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      mapped.values().forEach(tensor -> tensor.arena().close());
      mapped.clear();
      try {
        content.close();
      } catch (IOException e) {
        return; // It was only read.
      }
    }
  }
}
