package dev.loupe.weights.safetensors;

import static dev.loupe.weights.safetensors.Crafted.bytes;
import static dev.loupe.weights.safetensors.Crafted.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.testkit.Fuzz;
import dev.loupe.testkit.Mutations;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged headers and indices are read or refused in words, and nothing else happens. */
class SafetensorsFuzzTest {
  private static final List<byte[]> FILES =
      List.of(
          bytes("{}", 0),
          bytes("{" + entry("a", "U8", "[2,3]", 0, 6) + "}", 6),
          bytes(
              "{\"__metadata__\":{\"format\":\"pt\"},"
                  + entry("model.norm.weight", "BF16", "[4]", 0, 8)
                  + ","
                  + entry("lm_head.weight", "F32", "[1,2]", 8, 16)
                  + "}  ",
              16),
          bytes(
              "{"
                  + entry("b", "F4", "[4]", 2, 4)
                  + ","
                  + entry("none", "C64", "[0,7]", 2, 2)
                  + ","
                  + entry("a", "F8_E8M0", "[2]", 0, 2)
                  + "}",
              4));

  /** Headers of 16 bytes of data, which get the length that they have after the damage. */
  private static final List<byte[]> HEADERS =
      List.of(
          utf8("{" + entry("a", "U8", "[2,8]", 0, 16) + "}"),
          utf8(
              "{\"__metadata__\":{\"format\":\"pt\",\"a\":\"\\ud83d\\ude00\"},"
                  + entry("model.norm.weight", "BF16", "[4]", 0, 8)
                  + ","
                  + entry("lm_head.weight", "F32", "[1,2]", 8, 16)
                  + "}  "),
          utf8(
              "{"
                  + entry("b", "F6_E2M3", "[4,4]", 4, 16)
                  + ","
                  + entry("none", "C64", "[0,7]", 4, 4)
                  + ","
                  + entry("a", "F8_E8M0", "[2,1,2]", 0, 4)
                  + "}"));

  private static final List<byte[]> INDICES =
      List.of(
          utf8("{\"weight_map\":{\"a\":\"model-00001-of-00002.safetensors\"}}"),
          utf8(
              "{\"metadata\":{\"total_size\":123.0,\"x\":[1,{\"y\":null}]},"
                  + "\"weight_map\":{\"a\":\"a.safetensors\",\"b\":\"b.safetensors\"}}\n"));

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What is accepted must hold what the rest of Loupe relies on. */
  private static void readFile(byte[] content) throws IOException {
    SafetensorsHeader header = SafetensorsHeader.read("f", MemorySegment.ofArray(content));
    long at = 0;
    for (SafetensorsHeader.Entry entry : header.entries().values()) {
      assertThat(entry.begin() == at && entry.end() >= at).isTrue();
      assertThat(entry.type().bytes(entry.shape()).orElseThrow() == entry.end() - at).isTrue();
      at = entry.end();
    }
    assertThat(header.dataStart() + at == content.length).isTrue();
  }

  private static void readHeader(byte[] json) throws IOException {
    ByteBuffer file = ByteBuffer.allocate(8 + json.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    readFile(file.putLong(json.length).put(json).array());
  }

  private static void readIndex(byte[] content) throws IOException {
    for (String shard : SafetensorsIndex.parse("f", content).shards()) {
      assertThat(shard).isNotEmpty().doesNotContain("/", "\\", "\0");
    }
  }

  /** A quarter are damaged files, three quarters damaged headers in files of their length. */
  private static void headers(long seed, long count) {
    Fuzz files = Fuzz.of(new Mutations(seed, FILES), count / 4, SafetensorsFuzzTest::readFile);
    Fuzz headers =
        Fuzz.of(new Mutations(seed, HEADERS), count - count / 4, SafetensorsFuzzTest::readHeader);
    assertThat(files.accepted()).isGreaterThan(count / 1000);
    assertThat(headers.accepted()).isGreaterThan(count / 200);
    assertThat(headers.refused()).isGreaterThan(headers.accepted());
  }

  private static void indices(long seed, long count) {
    Fuzz fuzz = Fuzz.of(new Mutations(seed, INDICES), count, SafetensorsFuzzTest::readIndex);
    assertThat(fuzz.accepted()).isGreaterThan(count / 1000);
    assertThat(fuzz.refused()).isGreaterThan(count / 1000);
  }

  @Test
  void aDamagedHeaderIsReadOrRefusedInWords() {
    headers(1, 300_000);
  }

  @Test
  void aDamagedIndexIsReadOrRefusedInWords() {
    indices(2, 60_000);
  }

  @Test
  @Tag("exhaustive")
  void fortyMillionDamagedHeadersAreReadOrRefusedInWords() {
    headers(3, 40_000_000);
  }

  @Test
  @Tag("exhaustive")
  void aMillionDamagedIndicesAreReadOrRefusedInWords() {
    indices(4, 1_000_000);
  }
}
