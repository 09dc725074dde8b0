package dev.loupe.weights.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.WeightTypes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A first start says how much of the disk it takes. */
class AnnouncedSizeTest {
  @TempDir private Path folder;

  @Test
  void theSizeOfIntegersIsAnnouncedAndNotThatOfTheStoredWeights() throws IOException {
    CountedWeights source = new CountedWeights("");
    WeightTypes types = WeightTypes.of("int8");
    List<Long> announced = new ArrayList<>();
    CacheListener listener =
        new CacheListener() {
          @Override
          public void building(Path file, long bytes) {
            announced.add(bytes);
          }

          @Override
          public void warning(String message) {
            throw new AssertionError(message);
          }
        };
    try (Backend backend = Backend.scalar(1);
        WeightsCache _ =
            new CacheOpening(new CacheFolder(folder), listener)
                .open(source, DType.F32, types, backend)) {
      int blocks = 4 + 5; // Panels of 16 outputs of the two matrices; a depth of 33 is one block.
      long vectors = 2 * 70 * Float.BYTES;
      assertThat(announced).containsExactly(blocks * (64 + 64 * 16L) + vectors);
    }
  }
}
