package dev.loupe.weights.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The first 64 bytes of a file of packed weights, little-endian; the last four are the CRC-32C of
 * the others.
 *
 * @param tableOffset where the table begins, which is where the data ends
 * @param tableBytes how long it is; it ends with the file
 * @param tableChecksum its CRC-32C
 */
record PackedHeader(long tableOffset, int tableBytes, int tableChecksum) {
  static final int BYTES = 64;

  /** No text begins like this, and no safetensors file: it would be a header of 10^18 bytes. */
  private static final long MAGIC = 0x0a1a_4557_5055_4f4cL; // "LOUPWE", control-Z, line feed

  ByteBuffer encode() {
    ByteBuffer b = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(MAGIC).putInt(PackedTable.FORMAT_VERSION);
    b.putInt(tableBytes).putLong(tableOffset).putInt(tableChecksum);
    b.putInt(BYTES - Integer.BYTES, checksum(b));
    return b.rewind();
  }

  /**
   * Reads a header.
   *
   * @param bytes the first {@value #BYTES} of the file
   * @param fileBytes the length of the file
   * @throws IOException if it is not what this version writes; the message says what is wrong
   */
  static PackedHeader decode(ByteBuffer bytes, long fileBytes) throws IOException {
    ByteBuffer b = bytes.order(ByteOrder.LITTLE_ENDIAN);
    if (b.getLong(0) != MAGIC) {
      throw new IOException("expected packed weights, found the file of another program");
    }
    if (b.getInt(8) != PackedTable.FORMAT_VERSION) {
      throw new IOException(
          "expected format %d, found format %d".formatted(PackedTable.FORMAT_VERSION, b.getInt(8)));
    }
    if (b.getInt(BYTES - Integer.BYTES) != checksum(b)) {
      throw new IOException("expected the checksum of its header, found another");
    }
    PackedHeader header = new PackedHeader(b.getLong(16), b.getInt(12), b.getInt(24));
    if (header.tableOffset + header.tableBytes != fileBytes) {
      throw new IOException(
          "expected %d bytes, found %d"
              .formatted(header.tableOffset + header.tableBytes, fileBytes));
    }
    return header;
  }

  private static int checksum(ByteBuffer b) {
    return PackedTable.checksum(Arrays.copyOf(b.array(), BYTES - Integer.BYTES));
  }
}
