package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A damaged quantised layer ends a command with its name, what was expected, found, and a remedy.
 */
class DamagedQuantisedTest {
  private static final String DAMAGED =
      " in model.safetensors; the file is damaged, fetch it again";

  @TempDir private Path folder;

  private static String caption(Path model) {
    CommandLineRun run =
        CommandLineRun.of("caption", "-q", "-m", model, TestFiles.scene("scene-023"));
    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.out()).isEmpty();
    return run.error();
  }

  private static String inspected(Path model) {
    CommandLineRun run = CommandLineRun.of("inspect", "-m", model);
    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    return run.error();
  }

  private static String part(String name, String message) {
    return QuantisedFixture.LAYER + "." + name + ": expected " + message;
  }

  @Test
  void wrongShapes() throws IOException {
    Path model = new QuantisedFixture().words("qweight", 0, 20, 440).in(folder);
    String expected =
        part("qweight", "I32 [20, 448], since the scales are [5, 448], found I32 [20, 440]")
            + DAMAGED;
    assertThat(caption(model)).isEqualTo(expected);
    assertThat(inspected(model)).isEqualTo(expected);
  }

  @Test
  void shapesThatFitEachOtherAndNotTheModel() throws IOException {
    Path model =
        new QuantisedFixture()
            .words("qweight", 0, 40, 448)
            .words("g_idx", 0, 320)
            .in(folder, Map.of("quant_method", "gptq"));
    assertThat(caption(model))
        .isEqualTo(
            part("weight", "[448, 160], found [448, 320]")
                + " in model.safetensors; the file is damaged, or config.json is that of another "
                + "model");
  }

  @Test
  void wrongSizesOfGroups() throws IOException {
    Path model =
        new QuantisedFixture()
            .in(folder, Map.of("quant_method", "gptq", "bits", 4, "group_size", 128));
    String expected =
        part(
                "scales",
                "2 groups of 160 inputs, since quantization_config has group_size 128, found 5 "
                    + "groups")
            + DAMAGED;
    assertThat(caption(model)).isEqualTo(expected);
    assertThat(inspected(model)).isEqualTo(expected);
  }

  @Test
  void zeroPointsOfOnes() throws IOException {
    Path model = new QuantisedFixture().words("qzeros", -1, 5, 56).in(folder);
    assertThat(caption(model))
        .isEqualTo(
            part("qzeros", "0 to 14, found 15 in group 0 of output 0 in model.safetensors; ")
                + "programs disagree about such a zero point; quantise the model again, "
                + "symmetrically");
  }

  @Test
  void groupsOfInputsThatAreNotThere() throws IOException {
    Path model = new QuantisedFixture().words("g_idx", 5, 160).in(folder);
    assertThat(caption(model))
        .isEqualTo(part("g_idx", "groups from 0 to 4, found 5 at 0") + DAMAGED);
  }
}
