package dev.loupe.testkit.pictures;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Writes a TIFF structure of one directory, of right or wrong fields, in the order they come. */
final class TiffWriter {
  static final int BYTE = 1;
  static final int ASCII = 2;
  static final int SHORT = 3;
  static final int LONG = 4;
  static final int RATIONAL = 5;
  static final int UNDEFINED = 7;

  private static final int HEADER_BYTES = 8;
  private static final int ENTRY_BYTES = 12;

  private record Field(int tag, int type, long count, byte[] values, long offset) {}

  private final ByteOrder order;
  private final byte[] samples;
  private final List<Field> fields = new ArrayList<>();
  private long next;

  /**
   * A structure with sample data behind its header.
   *
   * @param samples begin at byte 8
   */
  TiffWriter(ByteOrder order, byte[] samples) {
    this.order = order;
    this.samples = samples;
  }

  TiffWriter(ByteOrder order) {
    this(order, new byte[0]);
  }

  /** A field whose values lie where they belong. */
  TiffWriter field(int tag, int type, long count, byte[] values) {
    fields.add(new Field(tag, type, count, values, -1));
    return this;
  }

  /** A field that says that its values lie at this offset. */
  TiffWriter fieldAt(int tag, int type, long count, long offset) {
    fields.add(new Field(tag, type, count, new byte[0], offset));
    return this;
  }

  TiffWriter shorts(int tag, int... values) {
    Bytes bytes = new Bytes(order);
    for (int value : values) {
      bytes.put16(value);
    }
    return field(tag, SHORT, values.length, bytes.toByteArray());
  }

  TiffWriter longs(int tag, long... values) {
    Bytes bytes = new Bytes(order);
    for (long value : values) {
      bytes.put32(value);
    }
    return field(tag, LONG, values.length, bytes.toByteArray());
  }

  /** Where the directory after this one is. */
  TiffWriter next(long offset) {
    next = offset;
    return this;
  }

  byte[] toByteArray() {
    Bytes out = new Bytes(order).put(order == ByteOrder.LITTLE_ENDIAN ? "II" : "MM").put16(42);
    int directory = HEADER_BYTES + samples.length;
    out.put32(directory).put(samples).put16(fields.size());
    int at = directory + 2 + fields.size() * ENTRY_BYTES + 4;
    Bytes values = new Bytes(order);
    for (Field field : fields) {
      out.put16(field.tag).put16(field.type).put32(field.count);
      if (field.offset >= 0) {
        out.put32(field.offset);
      } else if (field.values.length <= 4) {
        out.put(field.values).put(new byte[4 - field.values.length]);
      } else {
        out.put32(at + values.size());
        values.put(field.values);
      }
    }
    return out.put32(next).put(values.toByteArray()).toByteArray();
  }

  /** A chain of empty directories, each followed by the next. */
  static byte[] chain(int directories) {
    Bytes out = Bytes.little().put("II").put16(42).put32(HEADER_BYTES);
    for (int i = 1; i <= directories; i++) {
      out.put16(0).put32(i == directories ? 0 : HEADER_BYTES + 6L * i);
    }
    return out.toByteArray();
  }
}
