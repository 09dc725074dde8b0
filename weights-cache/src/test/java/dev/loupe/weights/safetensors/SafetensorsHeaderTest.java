package dev.loupe.weights.safetensors;

import static dev.loupe.weights.safetensors.Crafted.bytes;
import static dev.loupe.weights.safetensors.Crafted.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsHeaderTest {

  private static void refused(byte[] content, String... parts) {
    assertThatThrownBy(() -> Crafted.open(content))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("crafted.safetensors")
        .hasMessageContainingAll(parts);
  }

  private static void refused(String header, int dataBytes, String... parts) {
    refused(bytes(header, dataBytes), parts);
  }

  @Test
  void tensorsAreListedInTheOrderOfTheirData() throws IOException {
    String header =
        "{"
            + entry("late", "F16", "[2,3]", 8, 20)
            + ",\"__metadata__\":{\"format\":\"pt\"},"
            + entry("early", "I64", "[]", 0, 8)
            + "}   ";
    try (SafetensorsFile file = Crafted.open(bytes(header, 20))) {
      assertThat(file.entries())
          .containsExactly(
              Map.entry("early", new SafetensorsHeader.Entry(StoredType.I64, Shape.of(), 0, 8)),
              Map.entry(
                  "late", new SafetensorsHeader.Entry(StoredType.F16, Shape.of(2, 3), 8, 20)));
      assertThat(file.metadata()).containsExactly(Map.entry("format", "pt"));
    }
  }

  /** Sizes as the reference implementation 0.8 accepts them. */
  @ParameterizedTest
  @CsvSource({
    "C64, 1, 8",
    "F8_E8M0, 3, 3",
    "F8_E4M3FNUZ, 3, 3",
    "F8_E5M2FNUZ, 3, 3",
    "F4, 2, 1",
    "F6_E2M3, 4, 3",
    "F6_E3M2, 8, 6"
  })
  void aTensorOfATypeThatLoupeDoesNotComputeWithIsListedAndNotRead(
      String type, int elements, int bytes) throws IOException {
    String foreign = entry("f", type, "[" + elements + "]", 4, 4 + bytes);
    String header = "{" + entry("t", "F32", "[1]", 0, 4) + "," + foreign + "}";
    try (SafetensorsFile file = Crafted.open(bytes(header, 4 + bytes))) {
      assertThat(file.entries().sequencedKeySet()).containsExactly("t", "f");
      assertThat(file.entries().get("f").type()).hasToString(type);
      assertThat(file.tensor("t").dtype()).isEqualTo(DType.F32);
      assertThatThrownBy(() -> file.tensor("f"))
          .isInstanceOf(IOException.class)
          .hasMessage("f: expected F32, BF16 or F16, found %s in crafted.safetensors", type);
    }
  }

  @Test
  void aTensorThatDoesNotEndWithAByteIsRefused() {
    refused("{" + entry("w", "F4", "[3]", 0, 2) + "}", 2, "w:", "a shape of whole bytes");
    refused("{" + entry("w", "F6_E2M3", "[2]", 0, 2) + "}", 2, "w:", "a shape of whole bytes");
    refused("{" + entry("w", "F4", "[4]", 0, 1) + "}", 1, "w:", "2 bytes for F4 [4]");
  }

  /** As in the reference implementation, which takes it for a fraction. */
  @Test
  void minusZeroIsNoSize() {
    refused("{" + entry("w", "U8", "[-0]", 0, 0) + "}", 0, "w.shape", "found -0");
    String offsets = "{\"w\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[-0,0]}}";
    refused(offsets, 0, "w.data_offsets", "found -0");
  }

  /** As in the reference implementation. */
  @Test
  void halfOfASurrogatePairIsNoText() {
    for (String half : List.of("\\ud800", "\\udc00", "a\\ud83dz")) {
      refused("{" + entry(half, "U8", "[0]", 0, 0) + "}", 0, "half of a surrogate pair");
      refused("{\"__metadata__\":{\"a\":\"" + half + "\"}}", 0, "half of a surrogate pair");
      refused("{\"__metadata__\":{\"" + half + "\":\"a\"}}", 0, "half of a surrogate pair");
    }
  }

  @Test
  void namesArePrintableInMessages() {
    refused(
        "{" + entry("w\\u001b[2J\\n\\u202e", "F7", "[1]", 0, 1) + "}",
        1,
        "w\\u001b[2J\\u000a\\u202e: expected");
  }

  /** An exceeded limit of the parser has no place in the text. */
  @Test
  void aHeaderBeyondTheLimitsOfTheParserIsRefused() {
    String longName = "{" + entry("a".repeat(1_000_000), "U8", "[0]", 0, 0) + "}";
    String longNumber = "{" + entry("a", "U8", "[" + "1".repeat(100_000) + "]", 0, 0) + "}";
    String deep = "{\"a\":" + "{\"dtype\":".repeat(100_000) + "1" + "}".repeat(100_001);
    for (String header : List.of(longName, longNumber, deep)) {
      refused(header, 0, "expected", "found");
    }
  }

  @Test
  @Timeout(60) // It takes a second.
  void aHeaderOfAHundredThousandTensorsIsReadInTimeAndMemoryOfItsSize() throws IOException {
    String header =
        IntStream.range(0, 100_000)
            .mapToObj(i -> entry("t" + i, "U8", "[1]", i, i + 1))
            .collect(Collectors.joining(",", "{", "}"));
    try (SafetensorsFile file = Crafted.open(bytes(header, 100_000))) {
      assertThat(file.entries()).hasSize(100_000);
    }
    refused(header.replace("\"t99999\"", "\"t0\""), 100_000, "Duplicate");
  }

  @ParameterizedTest
  @EnumSource
  void everyElementTypeIsRead(DType dtype) throws IOException {
    byte[] content =
        bytes(
            "{" + entry("t", dtype.name(), "[3]", 0, 3L * dtype.bytes()) + "}", 3 * dtype.bytes());
    try (SafetensorsFile file = Crafted.open(content)) {
      assertThat(file.tensor("t").dtype()).isEqualTo(dtype);
    }
  }

  @Test
  void aTensorWithoutElementsTakesNoData() throws IOException {
    String header =
        "{"
            + entry("a", "U8", "[1]", 0, 1)
            + ","
            + entry("none", "F32", "[0,4]", 1, 1)
            + ","
            + entry("b", "U8", "[1]", 1, 2)
            + "}";
    try (SafetensorsFile file = Crafted.open(bytes(header, 2))) {
      assertThat(file.entries().sequencedKeySet()).containsExactly("a", "none", "b");
      assertThat(file.tensor("none").segment().byteSize()).isZero();
    }
  }

  @Test
  void aFileWithoutTensorsIsRead() throws IOException {
    try (SafetensorsFile file = Crafted.open(bytes("{}", 0))) {
      assertThat(file.entries()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7})
  void aFileOfLessThanEightBytesIsRefused(int size) {
    refused(new byte[size], "at least 8 bytes", "found " + size + " bytes");
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 60, 100_000_001, -1, Long.MIN_VALUE})
  void aHeaderLengthAboveTheLimitIsRefusedBeforeMemoryIsTaken(long length) {
    byte[] content = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
    refused(content, "at most 100000000 bytes", "found " + Long.toUnsignedString(length));
  }

  @Test
  void aHeaderThatGoesBeyondTheFileIsRefused() {
    byte[] content = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(57).array();
    refused(content, "a header of 57 bytes", "a file of 64 bytes", "truncated");
  }

  @Test
  void aGitLfsPointerIsRecognised() {
    String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123\n";
    refused(pointer.getBytes(StandardCharsets.US_ASCII), "git lfs pull");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", " {}", "null"})
  void aHeaderThatDoesNotBeginAsAnObjectIsRefused(String header) {
    refused(header, 0, "begins with '{'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{\"a\"}", "{\"a\":{}", "{'a':{}}", "{\"a\":NaN}", "{,}"})
  void aHeaderThatIsNoJsonIsRefused(String header) {
    refused(header, 0, "expected", "found");
  }

  @Test
  void textAfterTheHeaderObjectIsRefused() {
    refused("{} {}", 0, "nothing after the JSON object");
  }

  @Test
  void aHeaderInAnotherEncodingIsRefused() {
    byte[] content = bytes("{\"??\":1}", 0);
    content[10] = (byte) 0xc3;
    content[11] = (byte) 0x28;
    refused(content, "UTF-8");
    byte[] utf16 = "{}".getBytes(StandardCharsets.UTF_16LE);
    refused(bytes(new String(utf16, StandardCharsets.ISO_8859_1), 0), "valid JSON");
  }

  @Test
  void aTensorNamedTwiceIsRefused() {
    refused(
        "{" + entry("a", "U8", "[1]", 0, 1) + "," + entry("a", "U8", "[1]", 1, 2) + "}",
        2,
        "duplicate",
        "\"a\"");
  }

  @Test
  void aKeyOfATensorGivenTwiceIsRefused() {
    refused("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\"}}", 1, "duplicate", "dtype");
  }

  @Test
  void metadataThatIsNoMapOfStringsIsRefused() {
    refused("{\"__metadata__\":[]}", 0, "__metadata__", "a JSON object");
    refused("{\"__metadata__\":{\"epoch\":3}}", 0, "__metadata__.epoch", "a string", "found 3");
  }

  @Test
  void anUnknownElementTypeIsRefused() {
    refused("{" + entry("w", "F7", "[1]", 0, 1) + "}", 1, "w:", "BF16", "found F7");
    refused("{" + entry("w", "bf16", "[1]", 0, 2) + "}", 2, "w:", "found bf16");
  }

  @Test
  void aDimensionThatIsNoSizeIsRefused() {
    refused("{" + entry("w", "U8", "[-1]", 0, 1) + "}", 1, "w.shape", "at least 0", "found -1");
    refused("{" + entry("w", "U8", "[1.0]", 0, 1) + "}", 1, "w.shape", "an integer", "found 1.0");
    refused("{" + entry("w", "U8", "[\"1\"]", 0, 1) + "}", 1, "w.shape", "an integer");
    refused(
        "{" + entry("w", "U8", "[9223372036854775808]", 0, 1) + "}",
        1,
        "w.shape",
        "below 2^63",
        "9223372036854775808");
    refused("{" + entry("w", "U8", "7", 0, 1) + "}", 1, "w.shape", "an array", "found 7");
  }

  @Test
  void aShapeWhoseProductOverflowsIsRefused() {
    // 2^32 * 2^32 is 0 and (2^62 + 1) * 4 is 4 if the overflow goes unseen.
    refused("{" + entry("w", "U8", "[4294967296,4294967296]", 0, 0) + "}", 0, "w:", "2^63 bits");
    refused("{" + entry("w", "F32", "[4611686018427387905]", 0, 4) + "}", 4, "w:", "2^63 bits");
  }

  @Test
  void aTensorWithoutOneOfItsKeysIsRefused() {
    refused("{\"w\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "w:", "no dtype");
    refused("{\"w\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "w:", "no shape");
    refused("{\"w\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "w:", "no data_offsets");
    refused("{\"w\":{\"dtype\":\"U8\",\"stride\":1}}", 1, "w:", "the key stride");
    refused("{\"w\":3}", 0, "w:", "a JSON object", "found 3");
  }

  @Test
  void offsetsThatAreNoRangeAreRefused() {
    refused("{" + entry("w", "U8", "[1]", 1, 0) + "}", 1, "w:", "begin <= end", "[1, 0]");
    refused(
        "{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}",
        1,
        "w:",
        "[begin, end]",
        "[0, 1, 2]");
    refused("{" + entry("w", "U8", "[1]", -1, 0) + "}", 1, "w.data_offsets", "found -1");
  }

  @Test
  void offsetsBeyondTheFileAreRefused() {
    refused("{" + entry("w", "F32", "[4]", 0, 16) + "}", 15, "w:", "the 15 bytes", "[0, 16]");
    refused(
        "{" + entry("w", "U8", "[1]", 9223372036854775806L, 9223372036854775807L) + "}",
        1,
        "w:",
        "the 1 bytes of data");
  }

  @Test
  void aLengthThatIsNotThatOfTheShapeIsRefused() {
    refused(
        "{" + entry("w", "BF16", "[2,3]", 0, 13) + "}",
        13,
        "w:",
        "12 bytes for BF16 [2, 3]",
        "13 bytes in data_offsets [0, 13]");
  }

  @Test
  void overlappingTensorsAreRefused() {
    refused(
        "{" + entry("a", "U8", "[4]", 0, 4) + "," + entry("b", "U8", "[4]", 3, 7) + "}",
        7,
        "b:",
        "offset 4",
        "offset 3, an overlap with a");
    refused(
        "{" + entry("a", "U8", "[4]", 0, 4) + "," + entry("alias", "U8", "[4]", 0, 4) + "}",
        4,
        "alias:",
        "an overlap with a");
  }

  @Test
  void aHoleBetweenTensorsIsRefused() {
    refused(
        "{" + entry("a", "U8", "[4]", 0, 4) + "," + entry("b", "U8", "[4]", 6, 10) + "}",
        10,
        "b:",
        "offset 4",
        "offset 6, a hole of 2 bytes");
    refused("{" + entry("a", "U8", "[1]", 1, 2) + "}", 2, "a:", "a hole of 1 bytes");
  }

  @Test
  void dataThatBelongsToNoTensorIsRefused() {
    refused("{" + entry("a", "U8", "[4]", 0, 4) + "}", 9, "4 bytes of data", "found 9", "last 5");
  }

  @Test
  void aFileCutAnywhereIsRefused() {
    byte[] whole = bytes("{" + entry("a", "U8", "[9]", 0, 9) + "}", 9);
    for (int size = 0; size < whole.length; size++) {
      refused(Arrays.copyOf(whole, size), "expected", "found");
    }
  }

  @Test
  void aHeaderCutAnywhereIsRefused() {
    String header = "{" + entry("a", "U8", "[9]", 0, 9) + ",\"__metadata__\":{\"k\":\"v\"}}";
    for (int length = 0; length < header.length(); length++) {
      refused(header.substring(0, length), 9, "expected", "found");
    }
  }

  @Test
  void aHeaderWithAnyByteReplacedIsReadOrRefusedAndNothingElse() {
    byte[] whole =
        bytes("{" + entry("a", "U8", "[2,3]", 0, 6) + ",\"__metadata__\":{\"k\":\"v\"}}", 6);
    int read = 0;
    int refused = 0;
    for (int i = 0; i < whole.length - 6; i++) {
      for (int value = 0; value < 256; value++) {
        byte[] changed = whole.clone();
        changed[i] = (byte) value;
        // Anything but an IOException, an index out of bounds for instance, fails the test.
        try (SafetensorsFile file = Crafted.open(changed)) {
          assertThat(file.entries().lastEntry().getValue().end()).isEqualTo(6);
          read++;
        } catch (IOException e) {
          refused++;
        }
      }
    }
    assertThat(read).isGreaterThan(0);
    assertThat(refused).isGreaterThan(read);
  }
}
