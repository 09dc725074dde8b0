package dev.loupe.weights.cache;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.PackedTensor;
import dev.loupe.tensor.Shape;
import dev.loupe.weights.file.MappedFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.zip.CRC32C;

/**
 * The table after the data of a file of packed weights: which weights they are, where each tensor
 * lies, and a checksum of each slice of the data.
 *
 * @param digest of {@link CacheName}: which weights, and how they are packed
 * @param entries by the tensors' names
 * @param checksums the CRC-32C of each slice
 */
record PackedTable(
    String digest, SequencedMap<String, PackedTable.Entry> entries, List<Integer> checksums) {

  /** Raised whenever the form of the file changes. */
  static final int FORMAT_VERSION = 2;

  /** The data begins on a page, so that every tensor is as aligned in memory as in the file. */
  static final long DATA_START = 4096;

  /** Bytes that share a checksum: small enough to share the work fairly, few enough to list. */
  static final long SLICE = 4L << 20;

  /** Tensors begin on a cache line. */
  static final long ALIGNMENT = 64;

  /** One tensor, {@code bytes} from {@code offset} in the file. */
  record Entry(
      DType stored,
      Shape shape,
      DType dtype,
      long offset,
      long bytes,
      long converted,
      long inexact,
      long overflowed) {

    static Entry of(PackedTensor t, long offset) {
      return new Entry(
          t.stored(),
          t.shape(),
          t.dtype(),
          offset,
          t.data().byteSize(),
          t.converted(),
          t.inexact(),
          t.overflowed());
    }

    PackedTensor in(MemorySegment file) {
      MemorySegment data = MappedFile.slice(file, offset, bytes);
      return new PackedTensor(stored, shape, dtype, data, converted, inexact, overflowed);
    }
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(digest, out);
      out.writeInt(entries.size());
      for (var e : entries.entrySet()) {
        write(e.getKey(), out);
        write(e.getValue(), out);
      }
      out.writeInt(checksums.size());
      for (int checksum : checksums) {
        out.writeInt(checksum);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** With a length of four bytes; that of {@link DataOutputStream#writeUTF} has two. */
  private static void write(String text, DataOutputStream out) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void write(Entry entry, DataOutputStream out) throws IOException {
    write(entry.stored().name(), out);
    long[] dims = entry.shape().toArray();
    out.writeInt(dims.length);
    for (long dim : dims) {
      out.writeLong(dim);
    }
    write(entry.dtype().name(), out);
    out.writeLong(entry.offset());
    out.writeLong(entry.bytes());
    out.writeLong(entry.converted());
    out.writeLong(entry.inexact());
    out.writeLong(entry.overflowed());
  }

  /**
   * Reads what {@link #encode} wrote; its checksum has been compared already, so an error here
   * means that another program wrote it.
   */
  static PackedTable decode(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    try {
      String digest = readText(in);
      SequencedMap<String, Entry> entries = new LinkedHashMap<>();
      for (int n = in.readInt(); n > 0; n--) {
        entries.put(readText(in), readEntry(in));
      }
      List<Integer> checksums = new ArrayList<>();
      for (int n = in.readInt(); n > 0; n--) {
        checksums.add(in.readInt());
      }
      return new PackedTable(digest, entries, checksums);
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException("expected a table of tensors, found something else (" + e + ")", e);
    }
  }

  /** Allocates no more than there is left to read. */
  private static String readText(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("a text of %d bytes, %d left".formatted(length, in.available()));
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  private static Entry readEntry(DataInputStream in) throws IOException {
    DType stored = DType.valueOf(readText(in));
    int rank = in.readInt();
    if (rank < 0 || rank > 8) {
      throw new IOException("rank " + rank);
    }
    long[] dims = new long[rank];
    for (int i = 0; i < rank; i++) {
      dims[i] = in.readLong();
    }
    return new Entry(
        stored,
        Shape.of(dims),
        DType.valueOf(readText(in)),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong());
  }

  static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
