package dev.loupe.weights.cache;

import dev.loupe.io.TemporaryFile;
import dev.loupe.tensor.PackedTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.zip.CRC32C;

/**
 * Writes packed weights into a temporary file, each tensor as it is packed; {@link #commit} adds
 * the table and the header, waits until all is on the disk, and renames. Until then the header is
 * zeros, so the file is never read as a finished one.
 *
 * <p>Bytes go to the file in aligned blocks of several megabytes. Linux then keeps them in pages of
 * 2 MB (ext4 since 6.16), as long as they stay in the page cache, and maps such a page with one
 * entry, so that decoding reads weights faster.
 */
final class PackedFileWriter implements AutoCloseable {
  private static final int CHUNK = 1 << 20;

  /**
   * Bytes that wait for the disk. By default Linux starts to write when a tenth of the memory
   * waits, or after half a minute, so that the disk would be idle at first and busy at the end.
   */
  private static final long FLUSHED = 64 << 20;

  /** Two of the large pages. */
  private static final int BLOCK = 4 << 20;

  private final Path target;
  private final TemporaryFile file;
  private final String digest;
  private final SequencedMap<String, PackedTable.Entry> entries = new LinkedHashMap<>();
  private final List<Integer> checksums = new ArrayList<>();
  private final CRC32C crc = new CRC32C();

  /** Bytes that are not written yet; full where the file is at a multiple of its capacity. */
  private final ByteBuffer block =
      ByteBuffer.allocateDirect(BLOCK).limit(BLOCK - (int) PackedTable.DATA_START);

  /** Read by threads that wait. */
  private volatile long position = PackedTable.DATA_START;

  private long flushed;

  /** Starts to write what will be {@code target}; the file becomes the writer's. */
  PackedFileWriter(Path target, TemporaryFile file, String digest) {
    this.target = target;
    this.file = file;
    this.digest = digest;
  }

  void add(String name, PackedTensor tensor) throws IOException {
    entries.put(name, PackedTable.Entry.of(tensor, position));
    MemorySegment data = tensor.data();
    for (long at = 0; at < data.byteSize(); at += CHUNK) {
      long bytes = Math.min(CHUNK, data.byteSize() - at);
      append(data.asSlice(at, bytes).asByteBuffer());
    }
    int padding = (int) (-position & PackedTable.ALIGNMENT - 1);
    append(ByteBuffer.allocate(padding));
  }

  /** Closes the checksum of a slice wherever the bytes reach its end, and writes full blocks. */
  private void append(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      long slice = PackedTable.SLICE - (position - PackedTable.DATA_START) % PackedTable.SLICE;
      int room = (int) Math.min(slice, block.remaining());
      int count = Math.min(room, bytes.remaining());
      ByteBuffer part = bytes.slice(bytes.position(), count);
      crc.update(part.duplicate());
      block.put(part);
      position = position + count;
      bytes.position(bytes.position() + count);
      if (count == slice) {
        endSlice();
      }
      if (!block.hasRemaining()) {
        flush();
      }
    }
  }

  private void flush() throws IOException {
    long start = position - block.position();
    write(start, block.flip());
    block.clear();
    if (position - flushed >= FLUSHED) {
      file.flush();
      flushed = position;
    }
  }

  private void write(long start, ByteBuffer bytes) throws IOException {
    try {
      file.write(start, bytes);
    } catch (IOException e) {
      // The system's message does not name the folder.
      throw new IOException(target.getParent() + ": " + e.getMessage(), e);
    }
  }

  /** The bytes so far. */
  long written() {
    return position;
  }

  private void endSlice() {
    checksums.add((int) crc.getValue());
    crc.reset();
  }

  /** Finishes the file and renames it to the target. */
  void commit() throws IOException {
    if ((position - PackedTable.DATA_START) % PackedTable.SLICE != 0) {
      endSlice();
    }
    flush();
    byte[] table = new PackedTable(digest, entries, checksums).encode();
    write(position, ByteBuffer.wrap(table));
    PackedHeader header = new PackedHeader(position, table.length, PackedTable.checksum(table));
    write(0, header.encode());
    file.moveTo(target);
  }

  /** Removes the temporary file, unless it was committed. */
  @Override
  public void close() {
    file.close();
  }
}
