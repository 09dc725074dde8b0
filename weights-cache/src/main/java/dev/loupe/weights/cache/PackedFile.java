package dev.loupe.weights.cache;

import dev.loupe.io.RegularFile;
import dev.loupe.tensor.Backend;
import dev.loupe.tensor.PackedTensor;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/** A file of packed weights, mapped into memory, every byte of it verified. */
class PackedFile implements AutoCloseable {
  private static final int NONE = -1;

  private final Arena arena;
  private final MemorySegment content;
  private final PackedTable table;

  private PackedFile(Arena arena, MemorySegment content, PackedTable table) {
    this.arena = arena;
    this.content = content;
    this.table = table;
  }

  /** A copy that shares the file, for subclasses. */
  PackedFile(PackedFile other) {
    this(other.arena, other.content, other.table);
  }

  /**
   * Maps a file and compares every checksum.
   *
   * @param digest of {@link CacheName}: which weights it must hold, and how they are packed
   * @param backend whose threads verify
   * @throws IOException if it cannot be read or is not as it was written; the message says why
   */
  static PackedFile open(Path file, String digest, Backend backend) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = RegularFile.channel(file)) {
      PackedHeader header = readHeader(channel);
      PackedTable table = readTable(channel, header, digest);
      MemorySegment content = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      long start = PackedTable.DATA_START;
      MemorySegment data = content.asSlice(start, header.tableOffset() - start);
      verify(data, table.checksums(), backend);
      return new PackedFile(arena, content, table);
    } catch (IOException | RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private static PackedHeader readHeader(FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < PackedTable.DATA_START) {
      throw new IOException("expected packed weights, found only " + size + " bytes");
    }
    return PackedHeader.decode(read(channel, 0, PackedHeader.BYTES), size);
  }

  private static PackedTable readTable(FileChannel channel, PackedHeader header, String digest)
      throws IOException {
    byte[] bytes = read(channel, header.tableOffset(), header.tableBytes()).array();
    if (PackedTable.checksum(bytes) != header.tableChecksum()) {
      throw new IOException("expected the checksum of its table, found another");
    }
    PackedTable table = PackedTable.decode(bytes);
    if (!table.digest().equals(digest)) {
      throw new IOException("expected the weights of this model, found those of another");
    }
    requireInside(table, header.tableOffset());
    return table;
  }

  private static ByteBuffer read(FileChannel channel, long position, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException("expected more bytes, found the end of the file");
      }
    }
    return buffer;
  }

  private static void requireInside(PackedTable table, long end) throws IOException {
    long slices = (end - PackedTable.DATA_START + PackedTable.SLICE - 1) / PackedTable.SLICE;
    if (table.checksums().size() != slices) {
      throw new IOException(
          "expected %d checksums, found %d".formatted(slices, table.checksums().size()));
    }
    for (PackedTable.Entry e : table.entries().values()) {
      boolean inside =
          e.offset() >= PackedTable.DATA_START && e.bytes() >= 0 && e.bytes() <= end - e.offset();
      if (!inside) {
        throw new IOException("expected tensors inside the file, found one outside");
      }
    }
  }

  /**
   * Checks every slice. This also brings the pages into memory, which the first pass of the model
   * would have to do otherwise.
   */
  private static void verify(MemorySegment data, List<Integer> checksums, Backend backend)
      throws IOException {
    AtomicInteger damaged = new AtomicInteger(NONE);
    backend.parallel(
        checksums.size(),
        (from, to, worker) -> {
          for (int i = from; i < to; i++) {
            if (checksum(data, i) != checksums.get(i)) {
              damaged.set(i);
            }
          }
        });
    if (damaged.get() != NONE) {
      throw new IOException(
          "expected the checksum of slice %d, found another".formatted(damaged.get()));
    }
  }

  private static int checksum(MemorySegment data, int slice) {
    long from = slice * PackedTable.SLICE;
    long bytes = Math.min(PackedTable.SLICE, data.byteSize() - from);
    CRC32C crc = new CRC32C();
    crc.update(data.asSlice(from, bytes).asByteBuffer());
    return (int) crc.getValue();
  }

  Optional<PackedTensor> tensor(String name) {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("packed weights: expected open, found closed");
    }
    return Optional.ofNullable(table.entries().get(name)).map(e -> e.in(content));
  }

  /** The bytes of the file. */
  long byteSize() {
    return content.byteSize();
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
