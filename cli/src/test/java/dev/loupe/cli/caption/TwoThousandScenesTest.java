package dev.loupe.cli.caption;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.testkit.Scenes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many scenes in nested folders: the captions of the single-picture command, in flat memory. */
class TwoThousandScenesTest {

  private static final int STEP = 250;

  @TempDir Path folder;

  @Test
  void everyCaptionOfAFolderEqualsThatOfThePictureAlone() throws IOException {
    compare(40, 40);
  }

  @Test
  @Tag("exhaustive")
  void everyCaptionOfTwoThousandEqualsThatOfThePictureAlone() throws IOException {
    compare(2000, STEP);
  }

  /** Batch 8 and batch 1 take turns in going first, since a machine does not stay the same. */
  private void compare(int count, int step) throws IOException {
    double[] seconds = new double[2];
    try (Qwen2Vl model = Qwen2Vl.loadBuiltIn()) {
      for (int from = 0; from < count; from += step) {
        Path in = folder.resolve("in" + from);
        List<Path> pictures = Scenes.draw(in, from, step);
        for (int turn = 0; turn < 2; turn++) {
          int which = (turn + from / step) % 2;
          seconds[which] += run(in, folder.resolve("out" + which), which == 0 ? 8 : 1);
        }
        for (Path picture : pictures) {
          String alone = model.caption(picture).text() + "\n";
          Path place = in.relativize(picture);
          assertThat(captionIn("out0", place)).isEqualTo(alone);
          assertThat(captionIn("out1", place)).isEqualTo(alone);
        }
        System.gc();
        Runtime java = Runtime.getRuntime();
        System.out.printf(
            "%d scenes: batch 8 %.2f pictures/s, batch 1 %.2f; heap %d MB, resident %s%n",
            from + step,
            (from + step) / seconds[0],
            (from + step) / seconds[1],
            (java.totalMemory() - java.freeMemory()) >> 20,
            resident());
      }
    }
  }

  private static double run(Path in, Path out, int batch) {
    long start = System.nanoTime();
    CommandLineRun run =
        CommandLineRun.of("caption", "-q", "-r", in, "--output", out, "--batch", batch);
    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    return (System.nanoTime() - start) / 1e9;
  }

  private String captionIn(String out, Path place) throws IOException {
    return Files.readString(folder.resolve(out).resolve(place.toString().replace(".png", ".txt")));
  }

  private static String resident() throws IOException {
    Path status = Path.of("/proc/self/status");
    return Files.exists(status)
        ? Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("VmRSS"))
            .findFirst()
            .orElse("unknown")
        : "unknown";
  }
}
