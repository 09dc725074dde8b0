package dev.loupe.vision.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, and that the message says why. */
class BadPicturesTest {
  private static final ImageDecoder DECODER = new ImageDecoder();

  @TempDir private Path folder;

  @Test
  void anEmptyFileIsRefused() throws IOException {
    Path file = Files.createFile(folder.resolve("empty.png"));
    assertThatExceptionOfType(ImageFormatException.class)
        .isThrownBy(() -> DECODER.decode(file))
        .withMessage(
            "empty.png: expected a picture (JPEG, PNG, GIF, BMP, TIFF, WEBP), found an empty file;"
                + " copy it again");
  }

  @Test
  void whatIsNoPictureIsRefusedWhateverItsName() throws IOException {
    Path file = Files.writeString(folder.resolve("letter.jpg"), "Dear all");
    assertThatExceptionOfType(ImageFormatException.class)
        .isThrownBy(() -> DECODER.decode(file))
        .withMessage(
            "letter.jpg: expected a picture (JPEG, PNG, GIF, BMP, TIFF, WEBP), found a file that"
                + " begins with 44 65 61 72 20 61 6c 6c; convert it to PNG or JPEG");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> DECODER.decode(folder.resolve("none.png")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("none.png");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb-640x480.png",
        "gray-123x77.png",
        "edge/adam7.png",
        "rgb-300x200-444.jpg",
        "rgb-333x251-progressive.jpg",
        "edge/jpeg-restart.jpg",
        "cmyk-160x120.jpg",
        "palette-140x100.gif",
        "edge/interlaced.gif",
        "rgb-130x70.bmp",
        "edge/rle8.bmp",
        "rgb-150x110.tiff",
        "edge/packbits.tiff",
        "edge/group4.tiff",
        "rgba-120x90-lossless.webp",
        "rgb-200x133-lossy.webp",
        "edge/animated.webp"
      })
  void aPictureThatIsCutShortIsRefused(String name) {
    byte[] whole = Pictures.file(name);
    assertThatCode(() -> DECODER.decode(whole, name)).doesNotThrowAnyException();
    for (int percent : new int[] {3, 10, 25, 50, 75, 90}) {
      byte[] part = Arrays.copyOf(whole, Math.toIntExact((long) whole.length * percent / 100));
      assertThatExceptionOfType(ImageFormatException.class)
          .as("%s cut to %d %%", name, percent)
          .isThrownBy(() -> DECODER.decode(part, name))
          .withMessageStartingWith(name + ": expected ");
    }
  }

  @Test
  void aJpegWithoutItsEndMarkerIsRefused() {
    byte[] whole = Pictures.file("edge/jpeg-420.jpg");
    byte[] part = Arrays.copyOf(whole, whole.length - 2);
    assertThatExceptionOfType(ImageFormatException.class)
        .isThrownBy(() -> DECODER.decode(part, "a.jpg"))
        .withMessage(
            "a.jpg: expected a JPEG end marker, found the end of the file after %d bytes;"
                    .formatted(part.length)
                + " the file is cut short, copy it again");
  }

  @Test
  void damageInTheMiddleEndsInAPictureOrAnImageFormatExceptionNeverInAnotherOne() {
    Random random = new Random(4);
    int refused = 0;
    for (String name :
        new String[] {
          "edge/adam7.png", "edge/jpeg-420.jpg", "edge/animated.gif", "edge/rle8.bmp",
          "edge/deflate.tiff", "edge/lossless-alpha.webp", "edge/lossy.webp", "edge/exif-5.tiff"
        }) {
      for (int run = 0; run < 40; run++) {
        byte[] file = Pictures.file(name);
        for (int i = 0; i < 4; i++) {
          file[random.nextInt(file.length)] = (byte) random.nextInt();
        }
        // The limit keeps a damaged size from becoming a large picture.
        ImageDecoder decoder = new ImageDecoder(1_000_000);
        try {
          assertThat(decoder.decode(file, name).width()).isPositive();
        } catch (IOException e) {
          refused++;
          assertThat(e).isInstanceOf(ImageFormatException.class).hasMessageStartingWith(name);
        }
      }
    }
    assertThat(refused).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "gif", "bmp", "tiff"})
  void sixtyThousandSquaredIsRefusedFromTheHeader(String type) {
    byte[] header = header(type, 60_000, 60_000);
    assertThatExceptionOfType(ImageFormatException.class)
        .isThrownBy(() -> DECODER.decode(header, "huge." + type))
        .withMessage(
            "huge.%s: expected at most 178956970 pixels, found 60000 x 60000 = 3600000000; scale"
                    .formatted(type)
                + " the picture down, or raise the decoder's limit if memory allows");
  }

  /** The format itself ends at 16384 x 16384 (lossless: 14 bits for each side less one). */
  @Test
  void theLargestWebpIsRefusedFromTheHeader() {
    assertThatExceptionOfType(ImageFormatException.class)
        .isThrownBy(() -> DECODER.decode(header("webp", 16_384, 16_384), "huge.webp"))
        .withMessageContaining("found 16384 x 16384 = 268435456;");
  }

  @Test
  void theLimitIsTheCallers() throws IOException {
    byte[] file = Pictures.file("rgb-28x28.png");
    assertThat(new ImageDecoder(784).decode(file, "a").width()).isEqualTo(28);
    assertThatThrownBy(() -> new ImageDecoder(783).decode(file, "a"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("at most 783 pixels, found 28 x 28 = 784");
    assertThatThrownBy(() -> new ImageDecoder(0)).isInstanceOf(IllegalArgumentException.class);
  }

  /** However high the limit, a picture must fit into one Java array. */
  @Test
  void noLimitAllowsMoreThanAnArrayHolds() {
    assertThatThrownBy(
            () -> new ImageDecoder(Long.MAX_VALUE).decode(header("png", 60_000, 60_000), "a"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("at most 715827879 pixels");
  }

  @Test
  void aGifWhoseFrameLiesFarOutIsMeasuredByItsScreen() {
    byte[] file = Pictures.file("edge/transparent.gif");
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putShort(6, (short) 60_000);
    assertThatThrownBy(() -> new ImageDecoder(1000 * 1000).decode(file, "far.gif"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("found 60000 x 30");
  }

  @ParameterizedTest
  @CsvSource({
    "float.tiff, 1 bands of 32 bits in Java colour space type 6",
    "lab.tiff, Lab (photometric interpretation 8)"
  })
  void samplesOfAnotherKindAreRefused(String name, String found) {
    assertThatThrownBy(() -> Pictures.decode("edge/" + name))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("expected gray, RGB, CMYK or indexed samples")
        .hasMessageContaining(found);
  }

  @ParameterizedTest
  @CsvSource({"0xC9, 8, coding 0xC9 of 8 bits", "0xC1, 12, coding 0xC1 of 12 bits"})
  void jpegsThatTheReaderCannotDecodeAreNamed(String process, int precision, String found) {
    byte[] file = Pictures.file("edge/jpeg-420.jpg");
    int frame = indexOf(file, (byte) 0xff, (byte) 0xc0);
    file[frame + 1] = Integer.decode(process).byteValue();
    file[frame + 4] = (byte) precision;
    assertThatThrownBy(() -> DECODER.decode(file, "odd.jpg"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("odd.jpg: expected a Huffman-coded JPEG of 8 bits")
        .hasMessageContaining(found);
  }

  @Test
  void aJpegWithoutAFrameIsRefused() {
    byte[] file = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xd9};
    assertThatThrownBy(() -> DECODER.decode(file, "none.jpg"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("expected a JPEG frame, found an end marker before it");
  }

  @Test
  void aJpegOfHeightZeroIsRefused() {
    assertThatThrownBy(() -> DECODER.decode(header("jpg", 20, 0), "flat.jpg"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("flat.jpg: expected at least 1 x 1 pixels, found 20 x 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"edge/lzw.tiff", "edge/deflate.tiff"})
  void aTiffStripThatEndsBeforeItsRowsIsRefused(String name) {
    byte[] file = Pictures.file(name);
    int start = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
    ByteBuffer directory = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = start + 2; ; at += 12) {
      int tag = directory.getShort(at);
      if (tag == 257 || tag == 278) {
        // Twice as many rows.
        directory.putShort(at + 8, (short) (2 * directory.getShort(at + 8)));
      }
      if (tag == 278) {
        break;
      }
    }
    assertThatThrownBy(() -> DECODER.decode(file, "short.tiff"))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("bytes in a strip or tile, found ");
  }

  private static int indexOf(byte[] file, byte first, byte second) {
    for (int i = 0; ; i++) {
      if (file[i] == first && file[i + 1] == second) {
        return i;
      }
    }
  }

  /** The beginning of a file of this size; what follows is missing or does not matter. */
  private static byte[] header(String type, int width, int height) {
    return switch (type) {
      case "png" -> png(width, height);
      case "jpg" -> jpeg(width, height);
      case "gif" -> {
        byte[] file = Pictures.file("edge/transparent.gif");
        ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(6, (short) width).putShort(8, (short) height);
        yield file;
      }
      case "bmp" -> {
        byte[] file = Pictures.file("edge/topdown.bmp");
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(18, width).putInt(22, height);
        yield file;
      }
      case "tiff" -> tiff(width, height);
      default -> webp(width, height);
    };
  }

  private static byte[] png(int width, int height) {
    ByteBuffer file = ByteBuffer.allocate(8 + 25 + 12);
    file.put("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1));
    byte[] header =
        ByteBuffer.allocate(17)
            .put("IHDR".getBytes(StandardCharsets.US_ASCII))
            .putInt(width)
            .putInt(height)
            .put(new byte[] {8, 2, 0, 0, 0})
            .array();
    CRC32 crc = new CRC32();
    crc.update(header);
    file.putInt(13).put(header).putInt((int) crc.getValue());
    return file.array();
  }

  private static byte[] jpeg(int width, int height) {
    byte[] file = Pictures.file("edge/jpeg-420.jpg");
    int frame = indexOf(file, (byte) 0xff, (byte) 0xc0);
    ByteBuffer.wrap(file).putShort(frame + 5, (short) height).putShort(frame + 7, (short) width);
    return file;
  }

  private static byte[] tiff(int width, int height) {
    int[][] tags = {
      {256, width},
      {257, height},
      {258, 8},
      {259, 1},
      {262, 1},
      {273, 200},
      {277, 1},
      {278, height},
      {279, 1000}
    };
    ByteBuffer file = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
    file.put("II*\0".getBytes(StandardCharsets.US_ASCII)).putInt(8).putShort((short) tags.length);
    for (int[] tag : tags) {
      file.putShort((short) tag[0]).putShort((short) 4).putInt(1).putInt(tag[1]);
    }
    return file.array();
  }

  private static byte[] webp(int width, int height) {
    ByteBuffer file = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(56);
    file.put("WEBPVP8L".getBytes(StandardCharsets.US_ASCII)).putInt(44).put((byte) 0x2f);
    file.putInt(width - 1 | height - 1 << 14);
    return file.array();
  }
}
