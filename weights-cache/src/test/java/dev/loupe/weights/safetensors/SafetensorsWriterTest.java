package dev.loupe.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  @TempDir Path folder;

  private static Tensor counting(Arena arena, DType dtype, long... dims) {
    Tensor t = Tensor.allocate(arena, dtype, dims);
    for (long i = 0; i < t.segment().byteSize(); i++) {
      t.segment().set(ValueLayout.JAVA_BYTE, i, (byte) (i * 7 + dtype.ordinal()));
    }
    return t;
  }

  private Stream<Path> left() throws IOException {
    return Files.list(folder);
  }

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    Path path = folder.resolve("trace.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (Arena arena = Arena.ofConfined()) {
      for (DType dtype : DType.values()) {
        tensors.put("tensor of " + dtype, counting(arena, dtype, 3, 5));
      }
      tensors.put("scalar", counting(arena, DType.F32));
      tensors.put("none", counting(arena, DType.I32, 0, 4));
      tensors.put("odd \"näme\"\n", counting(arena, DType.U8, 1));
      // More than one buffer of 1 MiB, and not a multiple of it.
      tensors.put("long", counting(arena, DType.BF16, 3, 400_001));
      SafetensorsWriter.write(path, tensors, Map.of("format", "pt", "note", "fünf"));
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        assertThat(file.metadata()).isEqualTo(Map.of("format", "pt", "note", "fünf"));
        assertThat(file.entries().keySet()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
        for (String name : tensors.keySet()) {
          Tensor read = file.tensor(name);
          assertThat(read.dtype()).isEqualTo(tensors.get(name).dtype());
          assertThat(read.shape()).isEqualTo(tensors.get(name).shape());
          assertThat(read.segment().mismatch(tensors.get(name).segment())).isEqualTo(-1);
        }
      }
    }
    assertThat(left()).containsExactly(path);
  }

  @Test
  void aSmallFileHasTheseBytes() throws IOException {
    Path path = folder.resolve("small.safetensors");
    try (Arena arena = Arena.ofConfined()) {
      Tensor half = Tensor.allocate(arena, DType.F16, 1);
      half.segment().set(Tensor.HALF, 0, (short) 0x3c00);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("h", half);
      tensors.put("f", Tensor.ofFloats(arena, new float[] {1f}, 1));
      SafetensorsWriter.write(path, tensors, Map.of());
    }
    // Wide elements first; the header padded to a multiple of 8; written out by hand.
    String header =
        "{\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"h\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[4,6]}}";
    String padded = header + " ".repeat((8 - header.length() % 8) % 8);
    ByteBuffer expected =
        ByteBuffer.allocate(8 + padded.length() + 6).order(ByteOrder.LITTLE_ENDIAN);
    expected.putLong(padded.length()).put(padded.getBytes(StandardCharsets.US_ASCII));
    expected.putInt(0x3f800000).putShort((short) 0x3c00);
    assertThat(Files.readAllBytes(path)).isEqualTo(expected.array());
  }

  @Test
  void everyTensorIsAlignedToItsElementsAndDataBeginAtAMultipleOfEight() throws IOException {
    Path path = folder.resolve("aligned.safetensors");
    try (Arena arena = Arena.ofConfined()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (DType dtype : DType.values()) {
        tensors.put(dtype.name(), counting(arena, dtype, 3));
      }
      SafetensorsWriter.write(path, tensors, Map.of());
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.entries().values())
          .allSatisfy(e -> assertThat(e.begin() % e.type().dtype().orElseThrow().bytes()).isZero());
    }
    long header =
        ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat(header % 8).isZero();
  }

  @Test
  void memoryMayBeUsedAgainAfterAdding() throws IOException {
    Path path = folder.resolve("reuse.safetensors");
    try (Arena arena = Arena.ofConfined();
        SafetensorsWriter out = SafetensorsWriter.create(path)) {
      Tensor t = Tensor.ofFloats(arena, new float[] {1f}, 1);
      out.add("first", t);
      t.segment().set(Tensor.FLOAT, 0, 2f);
      out.add("second", t);
      out.commit();
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.tensor("first").getFloat(0)).isEqualTo(1f);
      assertThat(file.tensor("second").getFloat(0)).isEqualTo(2f);
    }
  }

  @Test
  void tensorsOnTheHeapAreWritten() throws IOException {
    Path path = folder.resolve("heap.safetensors");
    Tensor heap = new Tensor(DType.F32, Shape.of(2), MemorySegment.ofArray(new int[] {1, 2}));
    SafetensorsWriter.write(path, Map.of("heap", heap), Map.of());
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.tensor("heap").segment().toArray(Tensor.INT)).containsExactly(1, 2);
    }
  }

  @Test
  void withoutACommitNothingIsLeftAndTheTargetStaysAsItWas() throws IOException {
    Path path = Files.writeString(folder.resolve("kept.safetensors"), "before");
    try (Arena arena = Arena.ofConfined();
        SafetensorsWriter out = SafetensorsWriter.create(path)) {
      out.add("t", counting(arena, DType.F32, 10));
      assertThat(Files.readString(path)).isEqualTo("before");
    }
    assertThat(left()).containsExactly(path);
    assertThat(Files.readString(path)).isEqualTo("before");
  }

  @Test
  void anExistingFileIsReplaced() throws IOException {
    Path path = Files.writeString(folder.resolve("old.safetensors"), "before");
    SafetensorsWriter.write(path, Map.of(), Map.of("k", "v"));
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.metadata()).containsEntry("k", "v");
    }
  }

  @Test
  void anOutputThatCannotBeWrittenIsRefused() throws IOException {
    assertThatThrownBy(() -> SafetensorsWriter.create(folder.resolve("no/such/x.safetensors")))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("x.safetensors: expected to write into", "found no such folder");
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> SafetensorsWriter.create(file.resolve("x.safetensors")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found a file");
    assertThatThrownBy(() -> SafetensorsWriter.create(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected the name of a file to write, found a folder");
  }

  @Test
  void aNameThatTheFileSystemRefusesIsReportedWithItsFolder() {
    // 300 bytes are above the limit of 255 for one name on all usual file systems.
    assertThatThrownBy(() -> SafetensorsWriter.create(folder.resolve("x".repeat(300))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a folder that can be written to, found " + folder);
  }

  @Test
  void aNameInUseAndASecondCommitAreRefused() throws IOException {
    try (Arena arena = Arena.ofConfined();
        SafetensorsWriter out = SafetensorsWriter.create(folder.resolve("x.safetensors"))) {
      Tensor t = counting(arena, DType.U8, 1);
      out.add("t", t);
      assertThatThrownBy(() -> out.add("t", t))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("t: expected a new tensor name");
      assertThatThrownBy(() -> out.add("__metadata__", t))
          .isInstanceOf(IllegalArgumentException.class);
      out.commit();
      assertThatThrownBy(out::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("found a second");
    }
  }
}
