package dev.loupe.vision.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * One directory of a TIFF structure. No other directory is looked at, so that no chain or circle of
 * them can keep the reader busy; no value is copied, whatever count it claims.
 *
 * <p>As in Pillow the last of several fields with one tag counts, and fields of unknown types and
 * empty ones are passed over.
 */
final class TiffDirectory {
  static final int BYTE = 1;
  static final int SHORT = 3;
  static final int LONG = 4;
  static final int RATIONAL = 5;
  static final int SIGNED_BYTE = 6;
  static final int UNDEFINED = 7;
  static final int SIGNED_SHORT = 8;
  static final int SIGNED_LONG = 9;
  static final int SIGNED_RATIONAL = 10;
  static final int FLOAT = 11;
  static final int DOUBLE = 12;
  static final int IFD = 13;
  static final int LONG8 = 16;

  /** Bytes of one value of each type; 0 for types that do not exist. */
  private static final int[] SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8};

  private static final int ENTRY_BYTES = 12;
  private static final int INLINE_BYTES = 4;

  /**
   * A field whose values lie within the data.
   *
   * @param count of values, at least 1
   * @param at where the values begin
   */
  record Field(int tag, int type, int count, int at) {
    int bytes() {
      return count * SIZES[type];
    }
  }

  private final ByteBuffer data;
  private final TreeMap<Integer, Field> fields = new TreeMap<>();
  private final Set<Integer> broken = new HashSet<>();

  private TiffDirectory(ByteBuffer data) {
    this.data = data;
  }

  /**
   * The directory at an offset; without fields where there is none. As in Pillow, a field whose
   * values lie beyond the end hides all that follow.
   *
   * @param offset from the begin of the data; unsigned
   */
  static TiffDirectory read(byte[] data, ByteOrder order, int offset) {
    return read(data, order, offset, true);
  }

  /** The same with all fields but those whose values lie beyond the end, which are broken. */
  static TiffDirectory readAll(byte[] data, ByteOrder order, int offset) {
    return read(data, order, offset, false);
  }

  private static TiffDirectory read(byte[] data, ByteOrder order, int offset, boolean hides) {
    TiffDirectory directory = new TiffDirectory(ByteBuffer.wrap(data).order(order));
    directory.readFields(Integer.toUnsignedLong(offset), hides);
    return directory;
  }

  private void readFields(long offset, boolean hides) {
    if (offset + Short.BYTES > data.limit()) {
      return;
    }
    int at = (int) offset + Short.BYTES;
    int entries = Short.toUnsignedInt(data.getShort((int) offset));
    for (int i = 0; i < entries && at + ENTRY_BYTES <= data.limit(); i++, at += ENTRY_BYTES) {
      int type = Short.toUnsignedInt(data.getShort(at + 2));
      long bytes =
          Integer.toUnsignedLong(data.getInt(at + 4)) * (type < SIZES.length ? SIZES[type] : 0);
      if (bytes == 0) {
        continue;
      }
      long values = bytes > INLINE_BYTES ? Integer.toUnsignedLong(data.getInt(at + 8)) : at + 8;
      int tag = Short.toUnsignedInt(data.getShort(at));
      if (values + bytes > data.limit()) {
        if (hides) {
          return;
        }
        broken.add(tag);
        continue;
      }
      fields.put(tag, new Field(tag, type, (int) (bytes / SIZES[type]), (int) values));
    }
  }

  Optional<Field> field(int tag) {
    return Optional.ofNullable(fields.get(tag));
  }

  /** The tags of fields whose values lie beyond the end. */
  Set<Integer> broken() {
    return broken;
  }

  /** All fields, by ascending tag. */
  Collection<Field> fields() {
    return fields.values();
  }

  /** A value of one of the integer types. */
  long integer(Field field, int index) {
    int at = field.at + index * SIZES[field.type];
    return switch (field.type) {
      case SHORT -> Short.toUnsignedLong(data.getShort(at));
      case LONG, IFD -> Integer.toUnsignedLong(data.getInt(at));
      case SIGNED_BYTE -> data.get(at);
      case SIGNED_SHORT -> data.getShort(at);
      case SIGNED_LONG -> data.getInt(at);
      case LONG8 -> data.getLong(at);
      default -> Byte.toUnsignedLong(data.get(at));
    };
  }

  /** The first value, if it is a whole number of a numeric type. Bytes and text are no numbers. */
  Optional<Long> wholeNumber(Field field) {
    return switch (field.type) {
      case SHORT, LONG, IFD, SIGNED_BYTE, SIGNED_SHORT, SIGNED_LONG, LONG8 ->
          Optional.of(integer(field, 0));
      case FLOAT -> whole(data.getFloat(field.at));
      case DOUBLE -> whole(data.getDouble(field.at));
      case RATIONAL ->
          ratio(
              Integer.toUnsignedLong(data.getInt(field.at)),
              Integer.toUnsignedLong(data.getInt(field.at + 4)));
      case SIGNED_RATIONAL -> ratio(data.getInt(field.at), data.getInt(field.at + 4));
      default -> Optional.empty();
    };
  }

  /** The first value of a field as far as it fits, or another number where there is none. */
  int number(int tag, int otherwise) {
    return field(tag)
        .flatMap(this::wholeNumber)
        .map(value -> Math.clamp(value, -1, Integer.MAX_VALUE))
        .orElse(otherwise);
  }

  private static Optional<Long> whole(double value) {
    return value == Math.rint(value) ? Optional.of((long) value) : Optional.empty();
  }

  private static Optional<Long> ratio(long numerator, long denominator) {
    return denominator != 0 && numerator % denominator == 0
        ? Optional.of(numerator / denominator)
        : Optional.empty();
  }
}
