package dev.loupe.vision.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * What the chunks of a PNG file say about its orientation, and the file reduced to what decoding
 * needs.
 *
 * <p>Profiles, texts and unknown chunks are left out of the reduced file: damaged or huge ones can
 * neither change nor prevent the decoding. Texts are inflated only where their keyword may hold an
 * orientation, and only to Pillow's limits. Source: PNG specification, third edition, section 11.
 */
final class PngChunks {
  private static final int SIGNATURE_BYTES = 8;
  private static final int HEADER_BYTES = 8;
  private static final int CRC_BYTES = 4;

  /** Pillow's MAX_TEXT_CHUNK and MAX_TEXT_MEMORY. */
  private static final int MAX_TEXT = 1 << 20;

  private static final int MAX_ALL_TEXTS = 64 * MAX_TEXT;

  private static final byte[] NOTHING = {};

  /** What Pillow cannot read as EXIF, and does not pass over. */
  private static final byte[] UNREADABLE = {0};

  private final byte[] file;
  private final ByteArrayOutputStream reduced;
  private boolean header;
  private boolean data;
  private boolean animated;
  private boolean metadataEnded;
  private int inflated;

  private Optional<byte[]> exif = Optional.empty();
  private Optional<byte[]> rawProfile = Optional.empty();
  private byte[] xmpText = NOTHING;
  private byte[] xmpPacket = NOTHING;

  private PngChunks(byte[] file) {
    this.file = file;
    this.reduced = new ByteArrayOutputStream(file.length);
  }

  /** Reads all chunks up to the end chunk or the end of the file. */
  static PngChunks read(byte[] file) {
    PngChunks chunks = new PngChunks(file);
    chunks.readAll();
    return chunks;
  }

  /** The chunks IHDR, PLTE, tRNS, IDAT and IEND. */
  byte[] reduced() {
    return reduced.toByteArray();
  }

  PictureMetadata metadata() {
    byte[] fromExif = exif.or(() -> rawProfile.map(PngChunks::fromHex)).orElse(NOTHING);
    return new PictureMetadata(fromExif, xmpText.length > 0 ? xmpText : xmpPacket);
  }

  private void readAll() {
    reduced.write(file, 0, SIGNATURE_BYTES);
    ByteBuffer buffer = ByteBuffer.wrap(file);
    int at = SIGNATURE_BYTES;
    while (at + HEADER_BYTES <= file.length) {
      int length = buffer.getInt(at);
      String type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
      int start = at + HEADER_BYTES;
      if (length < 0 || length > file.length - start) {
        // Cut short; the decoder says so where it misses something.
        length = file.length - start;
      }
      int end = Math.min(file.length, start + length + CRC_BYTES);
      if (needed(type)) {
        reduced.write(file, at, end - at);
      } else {
        metadata(type, start, start + length);
      }
      if (type.equals("IEND")) {
        return;
      }
      at = end;
    }
  }

  private boolean needed(String type) {
    return switch (type) {
      case "IHDR" -> {
        boolean first = !header;
        header = true;
        yield first;
      }
      case "IDAT" -> {
        data = true;
        yield true;
      }
      case "PLTE", "tRNS", "IEND" -> true;
      default -> false;
    };
  }

  private void metadata(String type, int start, int end) {
    if (metadataEnded) {
      return;
    }
    switch (type) {
      case "eXIf" -> exif = Optional.of(Arrays.copyOfRange(file, start, end));
      case "tEXt" -> text(start, end);
      case "zTXt" -> compressedText(start, end);
      case "iTXt" -> internationalText(start, end);
      case "acTL" -> animated |= end - start >= 8 && ByteBuffer.wrap(file).getInt(start) != 1;
      // Pillow stops reading at the second frame.
      case "fcTL" -> metadataEnded = data && animated;
      default -> metadataEnded = data && !type.matches("\\w{4}");
    }
  }

  private void text(int start, int end) {
    int zero = zero(start, end);
    String keyword = keyword(start, zero);
    if (keeps(keyword)) {
      byte[] text = Arrays.copyOfRange(file, Math.min(end, zero + 1), end);
      if (keyword.equals("exif")) {
        exif = Optional.of(text);
      } else {
        set(keyword, text);
      }
    }
  }

  private void compressedText(int start, int end) {
    int zero = zero(start, end);
    String keyword = keyword(start, zero);
    boolean deflate = zero + 1 >= end || file[zero + 1] == 0;
    if (keeps(keyword) && deflate) {
      int from = Math.min(end, zero + 2);
      try {
        inflate(from, end).ifPresent(text -> set(keyword, text));
      } catch (DataFormatException e) {
        set(keyword, NOTHING);
      }
    }
  }

  private void internationalText(int start, int end) {
    int zero = zero(start, end);
    String keyword = keyword(start, zero);
    if (!keeps(keyword) || end - zero < 3) {
      return;
    }
    int language = zero(zero + 3, end);
    int translated = zero(language + 1, end);
    if (language >= end || translated >= end) {
      return;
    }
    Optional<byte[]> text;
    try {
      if (file[zero + 1] == 0) {
        text = Optional.of(Arrays.copyOfRange(file, translated + 1, end));
      } else if (file[zero + 2] == 0) {
        text = inflate(translated + 1, end);
      } else {
        return;
      }
    } catch (DataFormatException e) {
      return;
    }
    if (text.isPresent()) {
      if (keyword.equals("XML:com.adobe.xmp")) {
        xmpPacket = text.get();
      }
      if (isUtf8(Arrays.copyOfRange(file, zero + 3, translated)) && isUtf8(text.get())) {
        set(keyword, text.get());
      }
    }
  }

  private static boolean isUtf8(byte[] text) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static boolean keeps(String keyword) {
    return switch (keyword) {
      case "exif", "xmp", "Raw profile type exif", "XML:com.adobe.xmp" -> true;
      default -> false;
    };
  }

  private void set(String keyword, byte[] text) {
    switch (keyword) {
      case "exif" -> exif = Optional.of(UNREADABLE);
      case "xmp" -> xmpPacket = NOTHING;
      case "Raw profile type exif" -> rawProfile = Optional.of(text);
      default -> xmpText = text;
    }
  }

  private int zero(int start, int end) {
    int at = start;
    while (at < end && file[at] != 0) {
      at++;
    }
    return at;
  }

  private String keyword(int start, int zero) {
    // The longest keyword of interest has 21 characters.
    return new String(file, start, Math.min(80, zero - start), StandardCharsets.ISO_8859_1);
  }

  /** What can be inflated; nothing if that is more than the limits allow. */
  private Optional<byte[]> inflate(int from, int to) throws DataFormatException {
    if (inflated >= MAX_ALL_TEXTS) {
      return Optional.empty();
    }
    byte[] text = new byte[MAX_TEXT];
    int length = 0;
    try (Inflater inflater = new Inflater()) {
      inflater.setInput(file, from, to - from);
      while (length < text.length) {
        int n = inflater.inflate(text, length, text.length - length);
        if (inflater.needsDictionary()) {
          throw new DataFormatException("expected no dictionary");
        }
        if (n == 0) {
          break;
        }
        length += n;
      }
      inflated += length;
      boolean more = length == text.length && !inflater.finished() && inflater.getRemaining() > 0;
      return more ? Optional.empty() : Optional.of(Arrays.copyOf(text, length));
    }
  }

  /**
   * The bytes of a profile as ImageMagick writes it: an empty line, its name, its length, then
   * hexadecimal digits, white space between the bytes.
   */
  private static byte[] fromHex(byte[] profile) {
    String text = new String(profile, StandardCharsets.ISO_8859_1);
    String[] lines = text.split("\n", 4);
    if (lines.length < 4) {
      return NOTHING;
    }
    // Line feeds join the digits of a byte; other white space may only part bytes.
    String digits = lines[3].replace("\n", "");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(digits.length() / 2);
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c == ' ' || c >= '\t' && c <= '\r') {
        continue;
      }
      char next = i + 1 < digits.length() ? digits.charAt(i + 1) : 0;
      if (!HexFormat.isHexDigit(c) || !HexFormat.isHexDigit(next)) {
        return UNREADABLE;
      }
      bytes.write(HexFormat.fromHexDigit(c) << 4 | HexFormat.fromHexDigit(next));
      i++;
    }
    return bytes.toByteArray();
  }
}
