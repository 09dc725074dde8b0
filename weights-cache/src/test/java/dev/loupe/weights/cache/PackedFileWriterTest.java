package dev.loupe.weights.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.io.TemporaryFile;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.PackedTensor;
import dev.loupe.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedFileWriterTest {
  private static final long BLOCK = 4 << 20;

  @TempDir private Path folder;

  /** A file that notes where each write ends. */
  private static final class Watched extends TemporaryFile {
    private final List<Long> ends = new ArrayList<>();

    Watched(Path folder) throws IOException {
      super(TemporaryFile.in(folder));
    }

    @Override
    public void write(long position, ByteBuffer bytes) throws IOException {
      ends.add(position + bytes.remaining());
      super.write(position, bytes);
    }
  }

  private static PackedTensor tensor(byte[] bytes) {
    MemorySegment data = MemorySegment.ofArray(bytes);
    return new PackedTensor(DType.BF16, Shape.of(bytes.length / 2), DType.BF16, data, 0, 0, 0);
  }

  @Test
  void bytesGoToTheFileInAlignedBlocksWhateverTheTensorsAre() throws IOException {
    byte[] small = new byte[1002];
    byte[] large = new byte[9_000_002];
    new Random(1).nextBytes(small);
    new Random(2).nextBytes(large);
    Path target = folder.resolve("a.packed");
    Watched file = new Watched(folder);
    try (PackedFileWriter writer = new PackedFileWriter(target, file, "key")) {
      writer.add("small", tensor(small));
      writer.add("large", tensor(large));
      writer.commit();
    }
    long first = PackedTable.DATA_START;
    long second = first + padded(small);
    long end = second + padded(large);
    assertThat(file.ends.subList(0, 3)).containsExactly(BLOCK, 2 * BLOCK, end);
    byte[] written = Files.readAllBytes(target);
    assertThat(part(written, first, small.length)).isEqualTo(small);
    assertThat(part(written, second, large.length)).isEqualTo(large);
  }

  private static long padded(byte[] tensor) {
    long alignment = PackedTable.ALIGNMENT;
    return (tensor.length + alignment - 1) / alignment * alignment;
  }

  private static byte[] part(byte[] file, long from, int bytes) {
    return Arrays.copyOfRange(file, (int) from, (int) from + bytes);
  }
}
