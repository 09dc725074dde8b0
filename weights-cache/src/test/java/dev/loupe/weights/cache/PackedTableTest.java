package dev.loupe.weights.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedTableTest {

  private static PackedTable table(String digest, String name) {
    SequencedMap<String, PackedTable.Entry> entries = new LinkedHashMap<>();
    entries.put(
        name, new PackedTable.Entry(DType.BF16, Shape.of(2, 3), DType.F32, 4096, 24, 6, 5, 4));
    entries.put("b", new PackedTable.Entry(DType.F16, Shape.of(1), DType.F16, 4160, 2, 0, 0, 0));
    return new PackedTable(digest, entries, List.of(1, -2));
  }

  @Test
  void isReadAsItWasWritten() throws IOException {
    PackedTable table = table("0123", "größe.weight");
    assertThat(PackedTable.decode(table.encode())).isEqualTo(table);
  }

  @Test
  void noTextIsTooLong() throws IOException {
    PackedTable table = table("k".repeat(70_000), "ü".repeat(70_000));
    assertThat(PackedTable.decode(table.encode())).isEqualTo(table);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1000})
  void aLengthThatCannotBeIsRefusedBeforeAnythingIsAllocated(int length) {
    byte[] bytes = table("0123", "a").encode();
    ByteBuffer.wrap(bytes).putInt(0, length);
    assertThatThrownBy(() -> PackedTable.decode(bytes))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a table of tensors, found something else")
        .hasMessageContaining("a text of " + length + " bytes");
  }

  @Test
  void aTableThatIsCutAnywhereIsRefused() {
    byte[] bytes = table("0123", "a").encode();
    IntStream.range(0, bytes.length)
        .forEach(n ->
            assertThatThrownBy(() -> PackedTable.decode(Arrays.copyOf(bytes, n)))
                .as("%d bytes", n)
                .isInstanceOf(IOException.class));
  }
}
