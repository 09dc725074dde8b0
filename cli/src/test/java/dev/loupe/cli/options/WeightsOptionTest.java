package dev.loupe.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.QuantisedFixture;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --weights}: what it refuses, and what {@code inspect} says of its errors. */
class WeightsOptionTest {
  private static final Path PICTURE = TestFiles.scene("scene-023");
  private static final String CAPTION = "A small blue cross on a white background.\n";
  private static final String SECTION = "weights_error";
  private static final String EXPECTED =
      "--weights: expected int8, int4, int8:128, int4:128, or parts such as decoder=int4,head=int8,tower=stored, found ";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "int5",
        "INT4",
        "int4:64",
        "8",
        "",
        "int8,decoder=int4",
        "decoder=int4,decoder=int8",
        "decoder=int4,"
      })
  void whatNamesNoIntegersIsAUsageErrorBeforeAnythingIsRead(String bits) {
    for (String command : new String[] {"caption", "inspect", "bench"}) {
      CommandLineRun run = CommandLineRun.of(command, "--weights=" + bits);

      assertThat(run.exit()).as(command).isEqualTo(ExitCodes.USAGE);
      assertThat(run.out()).isEmpty();
    }
    assertThat(CommandLineRun.of("inspect", "--weights=" + bits).error())
        .isEqualTo(EXPECTED + bits + "\nTry 'loupe inspect --help' for more.");
  }

  @Test
  void anUnknownPartIsNamed() {
    assertThat(CommandLineRun.of("caption", "--weights=vision=int8,decoder=int4", PICTURE).error())
        .startsWith("--weights: expected the parts decoder, head and tower, found vision\n");
  }

  @Test
  void theHeadKeepsEightBits() {
    assertThat(CommandLineRun.of("caption", "--weights=head=int4", PICTURE).error())
        .startsWith("--weights: head: expected int8 or stored, found int4, whose errors every ");
  }

  /** A diagnosis computes in float16 if nothing is said. */
  @ParameterizedTest
  @CsvSource({
    "caption --dtype=float16 PICTURE, float16",
    "caption --dtype=bfloat16 PICTURE, bfloat16",
    "serve --dtype=bfloat16, bfloat16",
    "diagnose PICTURE, float16"
  })
  void sixteenBitsToComputeInAreAUsageError(String command, String type) {
    String line = command.replace("PICTURE", PICTURE.toString()) + " --weights=int4";
    CommandLineRun run = CommandLineRun.of((Object[]) line.split(" "));

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error())
        .startsWith("--weights int4: expected --dtype float32 with it, found " + type + "\n");
  }

  @Test
  void partsThatStayAsStoredGoWithEveryType() {
    CommandLineRun run =
        CommandLineRun.of("caption", "-q", "--weights=stored", "--dtype=bfloat16", PICTURE);

    assertThat(run).isEqualTo(new CommandLineRun(ExitCodes.OK, CAPTION, ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"int8", "int8:128", "decoder=int4", "tower=int8,head=int8"})
  void aCaptionIsWrittenWithIntegers(String bits) {
    CommandLineRun run = CommandLineRun.of("caption", "-q", "--weights", bits, PICTURE);

    assertThat(run).isEqualTo(new CommandLineRun(ExitCodes.OK, CAPTION, ""));
  }

  @Test
  void anInspectionSaysTheErrorOfEachLayer() {
    CommandLineRun run = CommandLineRun.of("inspect", "--weights=int4");

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.lines())
        .contains(SECTION, "  weights                  decoder=int4,head=int8,tower=int4")
        .anyMatch(l -> l.matches("  visual\\.blocks\\.3 +0\\.08\\d\\d, at most 0\\.08\\d\\d in .*"))
        .anyMatch(l -> l.matches("  visual\\.merger\\.mlp\\.2 +0\\.08\\d\\d"))
        .anyMatch(l -> l.matches("  model\\.embed_tokens +0\\.00\\d\\d"))
        .anyMatch(l -> l.matches("  model\\.layers\\.3 +0\\.08\\d\\d, at most .* mlp.down_proj"));
  }

  @Test
  void largerGroupsHaveLargerErrors() {
    assertThat(errors("--weights=int4:128"))
        .containsEntry("weights", "decoder=int4:128,head=int8:128,tower=int4:128")
        .hasEntrySatisfying(
            "model.layers.1",
            line -> assertThat(line).asString().matches("0\\.09\\d\\d, at most 0\\..*"));
  }

  @Test
  void theErrorsDependOnNoThreadAndStandInJsonToo() {
    Map<String, Object> errors = errors("--weights=int4", "--threads=1");

    assertThat(errors).hasSize(1 + 4 + 2 + 1 + 4).isEqualTo(errors("--weights=int4"));
    assertThat(errors("--weights=int4", "--threads=3")).isEqualTo(errors);
  }

  @Test
  void onlyPartsThatBecomeIntegersHaveAnError() {
    assertThat(errors("--weights=head=int8").keySet().toString())
        .isEqualTo("[weights, model.embed_tokens]");
    Map<String, Object> both = errors("--weights=decoder=int8,tower=stored");
    assertThat(both.keySet().toString())
        .isEqualTo("[weights, model.layers.0, model.layers.1, model.layers.2, model.layers.3]");
    assertThat(both.get("model.layers.0")).asString().startsWith("0.00");
    assertThat(JsonLines.object(CommandLineRun.of("inspect", "--json", "--weights=stored").out()))
        .doesNotContainKey(SECTION);
  }

  @SuppressWarnings("unchecked") // A section is an object.
  private static Map<String, Object> errors(String... options) {
    Object[] arguments = new Object[options.length + 2];
    arguments[0] = "inspect";
    arguments[1] = "--json";
    System.arraycopy(options, 0, arguments, 2, options.length);
    return (Map<String, Object>) JsonLines.object(CommandLineRun.of(arguments).out()).get(SECTION);
  }

  /** The integers of one matrix of the layer are found again, so that its error is smaller. */
  @Test
  void aQuantisedCheckpointIsRoundedASecondTime() throws IOException {
    Path model = new QuantisedFixture().in(folder.resolve("model"));

    CommandLineRun inspected = CommandLineRun.of("inspect", "--weights=int4", "-m", model);
    assertThat(inspected.err()).isEmpty();
    assertThat(inspected.lines())
        .contains("  quantised_layers         1")
        .anyMatch(l -> l.matches("  model\\.layers\\.0 +0\\.0[4-7]\\d\\d, at most .*"));

    CommandLineRun stored = CommandLineRun.of("caption", "-q", "-m", model, PICTURE);
    assertThat(stored.exit()).isEqualTo(ExitCodes.OK);
    assertThat(CommandLineRun.of("caption", "-q", "--weights=int8", "-m", model, PICTURE).exit())
        .isEqualTo(ExitCodes.OK);
  }
}
