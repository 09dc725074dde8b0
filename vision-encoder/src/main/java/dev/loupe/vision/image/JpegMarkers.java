package dev.loupe.vision.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What the markers of a JPEG file say, and the file reduced to what decoding needs.
 *
 * <p>Application segments are left out of the reduced file, so that no embedded profile, thumbnail
 * or malformed metadata can change or prevent the decoding of the samples; what they say about
 * colour is kept here. Source of the marker syntax: ITU-T T.81, annex B.
 *
 * @param process the low byte of the frame's marker, 0xC0 baseline, 0xC2 progressive
 * @param precision bits of a sample
 * @param componentIds one for each colour component
 * @param jfif there is a JFIF segment
 * @param adobeTransform the transform of the Adobe segment, {@link #NO_ADOBE} without one
 * @param scans how many there are
 * @param metadata EXIF and XMP from before the first scan
 * @param reduced the file without its application and comment segments, up to its end marker
 */
record JpegMarkers(
    int process,
    int precision,
    int width,
    int height,
    int[] componentIds,
    boolean jfif,
    int adobeTransform,
    int scans,
    PictureMetadata metadata,
    byte[] reduced) {

  static final int NO_ADOBE = -1;

  private static final int END_OF_IMAGE = 0xd9;
  private static final int START_OF_SCAN = 0xda;
  private static final int FIRST_APPLICATION = 0xe0;
  private static final int METADATA_APPLICATION = 0xe1;
  private static final int ADOBE_APPLICATION = 0xee;
  private static final int LAST_APPLICATION = 0xef;
  private static final int COMMENT = 0xfe;

  /** The prefixes are what libjpeg looks at: it takes longer segments too. */
  private static final byte[] JFIF = {'J', 'F', 'I', 'F', 0};

  private static final byte[] ADOBE = {'A', 'd', 'o', 'b', 'e'};
  private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};
  private static final byte[] XMP =
      "http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.US_ASCII);

  /** Writers make about ten scans; 500 is where tests of libjpeg-turbo give up. */
  private static final int MOST_SCANS = 500;

  /** How many scans a picture of as many pixels as allowed may have. */
  private static final int FULL_SCANS = 16;

  private static final int MOST_SCANS_WITHIN = 4;

  /** Marker, length, precision, height, width. */
  private static final int FRAME_BYTES = 9;

  private static final int JFIF_BYTES = 14;
  private static final int ADOBE_BYTES = 12;

  /**
   * Reads the markers of a whole file.
   *
   * @throws ImageFormatException if the file ends before its end marker, or holds no frame
   */
  static JpegMarkers parse(byte[] file, String name) throws ImageFormatException {
    return new Parser(file, name).parse();
  }

  /**
   * Refuses JPEG data within another file that would take more memory or time than it may: a frame
   * beyond the limit, or many scans. Damaged data are left to the decoder.
   *
   * @param from where the data begin; they end with their end marker or the file
   */
  static void checkFrames(byte[] file, int from, String name, PixelLimit limit, Deadline deadline)
      throws ImageFormatException {
    int scans = 0;
    for (int at = from; at + FRAME_BYTES <= file.length; at++) {
      if ((at & 0xffff) == 0) {
        deadline.check();
      }
      int marker = (file[at] & 0xff) == 0xff ? file[at + 1] & 0xff : 0;
      if (marker == END_OF_IMAGE) {
        return;
      }
      if (Parser.isFrame(marker)) {
        limit.check(name + ", a JPEG in it", unsigned16(file, at + 7), unsigned16(file, at + 5));
      } else if (marker == START_OF_SCAN && ++scans > MOST_SCANS_WITHIN) {
        throw tooManyScans(name, MOST_SCANS_WITHIN, scans);
      }
    }
  }

  /** Refuses a picture whose scans, each of which is decoded and shown, would take too long. */
  void checkScans(String name, PixelLimit limit) throws ImageFormatException {
    long most = Math.clamp(FULL_SCANS * limit.pixels() / ((long) width * height), 1, MOST_SCANS);
    if (scans > most) {
      throw tooManyScans(name, most, scans);
    }
  }

  private static ImageFormatException tooManyScans(String name, long most, int found) {
    return new ImageFormatException(
        "%s: expected at most %d scans in a JPEG of this size, found %d; save the picture again"
            .formatted(name, most, found));
  }

  private static int unsigned16(byte[] file, int at) {
    return (file[at] & 0xff) << 8 | file[at + 1] & 0xff;
  }

  private static final class Parser {
    private final byte[] file;
    private final String name;
    private final ByteArrayOutputStream reduced;
    private int at = 2;
    private int process;
    private int precision;
    private int width;
    private int height;
    private int[] ids = {};
    private boolean jfif;
    private int adobe = NO_ADOBE;
    private int scans;
    private final ByteArrayOutputStream exif = new ByteArrayOutputStream();
    private byte[] xmp = {};

    Parser(byte[] file, String name) {
      this.file = file;
      this.name = name;
      this.reduced = new ByteArrayOutputStream(file.length);
      reduced.write(file, 0, 2);
    }

    JpegMarkers parse() throws ImageFormatException {
      for (int marker = nextMarker(); marker != END_OF_IMAGE; marker = nextMarker()) {
        if (standsAlone(marker)) {
          continue;
        }
        int start = at;
        int length = unsigned16(at);
        if (length < 2 || start + length > file.length) {
          throw cutShort();
        }
        at += length;
        if (marker == COMMENT || marker >= FIRST_APPLICATION && marker <= LAST_APPLICATION) {
          application(marker, start + 2, length - 2);
          continue;
        }
        if (isFrame(marker) && ids.length == 0) {
          frame(marker, start, length);
        } else if (marker == START_OF_SCAN) {
          scans++;
          skipEntropyCodedData();
        }
        reduced.write(0xff);
        reduced.write(marker);
        reduced.write(file, start, at - start);
      }
      if (ids.length == 0) {
        throw new ImageFormatException(
            name + ": expected a JPEG frame, found an end marker before it; the file is damaged");
      }
      reduced.write(0xff);
      reduced.write(END_OF_IMAGE);
      return new JpegMarkers(
          process,
          precision,
          width,
          height,
          ids,
          jfif,
          adobe,
          scans,
          new PictureMetadata(exif.toByteArray(), xmp),
          reduced.toByteArray());
    }

    /** The next marker; like libjpeg, steps over bytes that do not belong here. */
    private int nextMarker() throws ImageFormatException {
      while (unsigned8(at) != 0xff || unsigned8(at + 1) == 0 || unsigned8(at + 1) == 0xff) {
        at++;
      }
      at += 2;
      return unsigned8(at - 1);
    }

    private void skipEntropyCodedData() throws ImageFormatException {
      while (true) {
        if (unsigned8(at) == 0xff) {
          int next = unsigned8(at + 1);
          boolean data = next == 0 || next == 0xff || next >= 0xd0 && next <= 0xd7;
          if (!data) {
            return;
          }
        }
        at++;
      }
    }

    private void application(int marker, int start, int length) {
      if (marker == FIRST_APPLICATION && length >= JFIF_BYTES && startsWith(start, JFIF)) {
        jfif = true;
      } else if (marker == ADOBE_APPLICATION && length >= ADOBE_BYTES && startsWith(start, ADOBE)) {
        adobe = file[start + ADOBE_BYTES - 1] & 0xff;
      } else if (marker == METADATA_APPLICATION && scans == 0) {
        metadata(start, length);
      }
    }

    /** A long EXIF structure goes on in the next segment; of XMP the last packet counts. */
    private void metadata(int start, int length) {
      if (length >= EXIF.length && startsWith(start, EXIF)) {
        int from = exif.size() == 0 ? 0 : EXIF.length;
        exif.write(file, start + from, length - from);
      } else if (length >= XMP.length && startsWith(start, XMP)) {
        xmp = Arrays.copyOfRange(file, start + XMP.length, start + length);
      }
    }

    private void frame(int marker, int start, int length) throws ImageFormatException {
      int components = length < 8 ? 0 : unsigned8(start + 7);
      if (length < 8 + 3 * components || components == 0) {
        throw new ImageFormatException(
            "%s: expected a frame header of 8 + 3 * components bytes, found %d; the file is damaged"
                .formatted(name, length));
      }
      process = marker;
      precision = unsigned8(start + 2);
      height = unsigned16(start + 3);
      width = unsigned16(start + 5);
      ids = new int[components];
      for (int i = 0; i < components; i++) {
        ids[i] = unsigned8(start + 8 + 3 * i);
      }
    }

    private boolean startsWith(int start, byte[] prefix) {
      int end = start + prefix.length;
      return end <= file.length && Arrays.equals(file, start, end, prefix, 0, prefix.length);
    }

    private int unsigned16(int i) throws ImageFormatException {
      return unsigned8(i) << 8 | unsigned8(i + 1);
    }

    private int unsigned8(int i) throws ImageFormatException {
      if (i >= file.length) {
        throw cutShort();
      }
      return file[i] & 0xff;
    }

    private ImageFormatException cutShort() {
      return new ImageFormatException(
          "%s: expected a JPEG end marker, found the end of the file after %d bytes;"
                  .formatted(name, file.length)
              + " the file is cut short, copy it again");
    }

    private static boolean standsAlone(int marker) {
      return marker == 0x01 || marker >= 0xd0 && marker <= 0xd8;
    }

    /** All frame markers, the unsupported ones too; between them lie DHT, JPG and DAC. */
    private static boolean isFrame(int marker) {
      return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    }
  }
}
