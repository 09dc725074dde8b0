package dev.loupe.weights.safetensors;

import static dev.loupe.weights.safetensors.Crafted.bytes;
import static dev.loupe.weights.safetensors.Crafted.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.tensor.Shape;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.file.MappedFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
  private static final byte[] ONE =
      bytes("{" + entry("t", "I32", "[2]", 0, 8) + ",\"__metadata__\":{\"k\":\"v\"}}", 8);

  private static final Path MAPS = Path.of("/proc/self/maps");

  @TempDir Path folder;

  private Path write(byte[] content) throws IOException {
    return Files.write(folder.resolve("one.safetensors"), content);
  }

  @Test
  void aMappedTensorHasTheBytesOfTheFile() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(write(ONE))) {
      Tensor t = file.tensor("t");
      assertThat(t.shape()).isEqualTo(Shape.of(2));
      assertThat(t.segment().toArray(Tensor.INT)).containsExactly(0x03020100, 0x07060504);
      assertThat(file.metadata()).containsEntry("k", "v");
      assertThat(file.name()).isEqualTo("one.safetensors");
    }
  }

  /** Kernels would slow down if they met segments of two classes; see {@link MappedFile}. */
  @Test
  void aTensorOfAFileIsOfTheClassThatAllocatedMemoryHas() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(write(ONE));
        Arena arena = Arena.ofConfined()) {
      MemorySegment allocated = arena.allocate(8);
      assertThat(file.tensor("t").segment()).hasSameClassAs(allocated);
    }
  }

  @Test
  void aTensorEndsWithItsFile() throws IOException {
    Tensor t;
    try (SafetensorsFile file = SafetensorsFile.open(write(ONE))) {
      t = file.tensor("t");
    }
    assertThatThrownBy(() -> t.segment().get(Tensor.INT, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aReleasedTensorEndsAloneAndIsMappedAgainWhenItIsAskedForAgain() throws IOException {
    Path two = folder.resolve("two.safetensors");
    Crafted.file(two, "a", "b");
    try (SafetensorsFile file = SafetensorsFile.open(two)) {
      Tensor a = file.tensor("a");
      Tensor b = file.tensor("b");
      int[] bits = a.segment().toArray(Tensor.INT);
      assertThat(file.tensor("a")).isSameAs(a);

      file.release("a");
      file.release("a");
      file.release("never asked for");
      assertThatThrownBy(() -> a.segment().get(Tensor.INT, 0))
          .isInstanceOf(IllegalStateException.class);
      assertThat(b.segment().get(Tensor.INT, 0)).isEqualTo(0x0b0a0908);
      assertThat(file.tensor("a").segment().toArray(Tensor.INT)).isEqualTo(bits);
    }
  }

  /** Touched pages count as memory of the process for as long as they are mapped. */
  @Test
  void onlyTensorsThatAreInUseAreMapped() throws IOException {
    assumeTrue(Files.isReadable(MAPS), "no " + MAPS + " to look at");
    Path two = folder.resolve("two.safetensors");
    Crafted.file(two, "a", "b");
    try (SafetensorsFile file = SafetensorsFile.open(two)) {
      assertThat(mappings(two)).isZero();
      file.tensor("a");
      file.tensor("b");
      assertThat(mappings(two)).isEqualTo(2);
      file.release("a");
      assertThat(mappings(two)).isEqualTo(1);
    }
    assertThat(mappings(two)).isZero();
  }

  private static long mappings(Path file) throws IOException {
    return Files.readAllLines(MAPS).stream().filter(l -> l.endsWith(file.toString())).count();
  }

  @Test
  void anInterruptedThreadMapsATensorAndClosesNothing() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(write(ONE))) {
      Thread.currentThread().interrupt();
      file.tensor("t");
      assertThat(Thread.interrupted()).isTrue();
      file.release("t");
      assertThat(file.tensor("t").segment().get(Tensor.INT, 0)).isEqualTo(0x03020100);
    }
  }

  /** An interrupt at the wrong moment closes the channel of the file under the mapping. */
  @Test
  void interruptsAtAnyMomentCloseNothing() throws Exception {
    Path two = folder.resolve("two.safetensors");
    Crafted.file(two, "a", "b");
    Thread reader = Thread.currentThread();
    AtomicBoolean done = new AtomicBoolean();
    try (SafetensorsFile file = SafetensorsFile.open(two)) {
      Thread interrupter =
          Thread.ofPlatform()
              .start(() -> {
                while (!done.get()) {
                  reader.interrupt();
                  LockSupport.parkNanos(20_000);
                }
              });
      try {
        for (int i = 0; i < 3000; i++) {
          assertThat(file.tensor("b").segment().get(Tensor.INT, 0)).isEqualTo(0x0b0a0908);
          file.release("b");
        }
      } finally {
        done.set(true);
        Thread.interrupted();
        interrupter.join();
        Thread.interrupted();
      }
    }
  }

  @Test
  void manyThreadsAskForTensorsAndReleaseThem() throws Exception {
    Path many = folder.resolve("many.safetensors");
    String[] names = IntStream.range(0, 32).mapToObj(i -> "t" + i).toArray(String[]::new);
    Crafted.file(many, names);
    try (SafetensorsFile file = SafetensorsFile.open(many);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Callable<byte[]>> work =
          Arrays.stream(names)
              .<Callable<byte[]>>map(name ->
                  () -> {
                    byte[] first = new byte[0];
                    for (int i = 0; i < 50; i++) {
                      first = file.tensor(name).segment().toArray(ValueLayout.JAVA_BYTE);
                      file.release(name);
                    }
                    return first;
                  })
              .toList();
      int at = 0;
      for (Future<byte[]> bytes : threads.invokeAll(work)) {
        assertThat(bytes.get()).hasSize(8).startsWith((byte) (8 * at++));
      }
    }
  }

  @Test
  void aTensorWithoutElementsIsMapped() throws IOException {
    byte[] content =
        bytes(
            "{" + entry("none", "F32", "[0,3]", 0, 0) + "," + entry("t", "I32", "[1]", 0, 4) + "}",
            4);
    try (SafetensorsFile file = SafetensorsFile.open(write(content))) {
      assertThat(file.tensor("none").segment().byteSize()).isZero();
      file.release("none");
    }
  }

  @Test
  void aStreamGivesTheSameTensorsAndStaysOpen() throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(ONE);
    try (SafetensorsFile file = SafetensorsFile.read("resource", in)) {
      assertThat(file.tensor("t").segment().toArray(Tensor.INT))
          .containsExactly(0x03020100, 0x07060504);
      Tensor t = file.tensor("t");
      file.release("t");
      assertThat(t.segment().get(Tensor.INT, 0)).isEqualTo(0x03020100);
    }
    assertThat(in.read()).isEqualTo(-1);
  }

  @Test
  void tensorsCannotBeWrittenTo() throws IOException {
    try (SafetensorsFile mapped = SafetensorsFile.open(write(ONE));
        SafetensorsFile copied = Crafted.open(ONE)) {
      assertThat(mapped.tensor("t").segment().isReadOnly()).isTrue();
      assertThat(copied.tensor("t").segment().isReadOnly()).isTrue();
    }
  }

  @Test
  void useAfterCloseIsAnIllegalState() throws IOException {
    for (SafetensorsFile file :
        new SafetensorsFile[] {SafetensorsFile.open(write(ONE)), Crafted.open(ONE)}) {
      Tensor before = file.tensor("t");
      file.close();
      file.close();
      assertThatThrownBy(() -> file.tensor("t"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(file.name())
          .hasMessageContaining("closed");
      assertThatThrownBy(() -> before.segment().get(ValueLayout.JAVA_BYTE, 0))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aMissingTensorIsNamedWithItsFile() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(write(ONE))) {
      assertThatThrownBy(() -> file.tensor("u"))
          .isInstanceOf(IOException.class)
          .hasMessage("u: expected in one.safetensors, found only 1 other tensors");
    }
  }

  @Test
  void aMissingFileAndAFolderAreRefused() {
    assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none.safetensors")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none.safetensors: expected a safetensors file, found nothing");
    assertThatThrownBy(() -> SafetensorsFile.open(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found a folder");
  }

  @Test
  void aTruncatedFileIsRefusedWithTensorAndSizes() throws IOException {
    Path file = write(ONE);
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(ONE.length - 1);
    }
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "t: expected data_offsets within the 7 bytes of data, found [0, 8], beyond the end of "
                + "the file (truncated? fetch it again) in one.safetensors");
  }

  @Test
  void tensorsAboveAndBeyondTwoGibibytesAreMapped() throws IOException {
    long rows = (1L << 31) / 4 + 5;
    long length = rows * 4;
    String header =
        "{"
            + entry("big", "F32", "[%d,1]".formatted(rows), 0, length)
            + ","
            + entry("after", "F32", "[2]", length, length + 8)
            + "}";
    Path path = folder.resolve("sparse.safetensors");
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    try (RandomAccessFile f = new RandomAccessFile(path.toFile(), "rw")) {
      f.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
      f.write(json);
      f.setLength(8 + json.length + length + 8);
      f.seek(8 + json.length + length - 4);
      f.writeInt(Integer.reverseBytes(Float.floatToIntBits(1.5f)));
      f.writeInt(Integer.reverseBytes(Float.floatToIntBits(-2.5f)));
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      Tensor big = file.tensor("big");
      assertThat(big.segment().byteSize()).isGreaterThan(Integer.MAX_VALUE);
      assertThat(big.getFloat(0)).isZero();
      assertThat(big.getFloat(rows - 1)).isEqualTo(1.5f);
      assertThat(big.rows(rows - 1, rows).toFloats()).containsExactly(1.5f);
      assertThat(file.tensor("after").toFloats()).containsExactly(-2.5f, 0f);
    }
  }
}
