package dev.loupe.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.TestFiles;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Arithmetic and sampling on the command line of {@code caption} and {@code trace}. */
class NumericsOptionsTest {
  private static final Path PICTURE = TestFiles.scene("scene-023");
  private static final String CAPTION = "A small blue cross on a white background.";
  private static final String ROUNDED =
      "loupe: captioner: of 2471104 weights rounded to float16 123 are inexact and 0 overflow\n";

  @TempDir Path folder;

  @Test
  void float16EagerStopsAndSaysSo() {
    CommandLineRun run =
        CommandLineRun.of("caption", "--dtype=float16", "--attention=eager", PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith(ROUNDED)
        .contains(
            PICTURE
                + ": token 0 of the answer: expected 464 finite scores, found 464 that are inf or"
                + " nan (float16 eager); 'loupe diagnose' shows where it starts");
  }

  @Test
  void withoutTheCheckItPrintsWhatOthersPrint() {
    CommandLineRun run =
        CommandLineRun.of(
            "caption",
            "--dtype=float16",
            "--attention=eager",
            "--no-check",
            "--max-new-tokens=8",
            "--quiet",
            PICTURE);

    assertThat(run).isEqualTo(new CommandLineRun(ExitCodes.OK, "!!!!!!!!\n", ""));
  }

  @Test
  void withoutTheCheckADrawIsRefusedInPyTorchsWords() {
    CommandLineRun run =
        CommandLineRun.of(
            "caption", "--dtype=float16", "--attention=eager", "--no-check", "--sample", PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.err())
        .contains("probability tensor contains either `inf`, `nan` or element < 0. ")
        .contains("loupe diagnose");
  }

  @ParameterizedTest
  @CsvSource({
    "float32, eager, none",
    "bfloat16, sdpa, none",
    "float16, sdpa, none",
    "float16, eager, upcast-qk"
  })
  void theCaptionIsRightWhereScoresAreWide(String dtype, String attention, String remedy) {
    CommandLineRun run =
        CommandLineRun.of(
            "caption",
            "--quiet",
            "--dtype=" + dtype,
            "--attention=" + attention,
            "--remedy=" + remedy,
            PICTURE);

    assertThat(run).isEqualTo(new CommandLineRun(ExitCodes.OK, CAPTION + "\n", ""));
  }

  @Test
  void aRemedyBeforeTheDrawSwitchesTheCheckOff() {
    CommandLineRun run =
        CommandLineRun.of(
            "caption",
            "--quiet",
            "--dtype=float16",
            "--attention=eager",
            "--remedy=probability-floor",
            "--seed=1",
            "--max-new-tokens=4",
            PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.out()).isNotEqualTo(CAPTION + "\n");
  }

  @Test
  void theCheckCanBeKeptBesideARemedyBeforeTheDraw() {
    CommandLineRun run =
        CommandLineRun.of(
            "caption",
            "--dtype=float16",
            "--attention=eager",
            "--remedy=remove-invalid",
            "--check",
            PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.err()).contains("expected 464 finite scores");
  }

  @Test
  void theRecordSaysHowItWasComputedAndDrawn() {
    CommandLineRun run =
        CommandLineRun.of(
            "caption",
            "--quiet",
            "--format=jsonl",
            "--dtype=float16",
            "--attention=eager",
            "--remedy=upcast-qk",
            "--seed=1234",
            PICTURE);

    assertThat(JsonLines.object(run.out()))
        .containsEntry("text", CAPTION)
        .containsEntry("dtype", "float16")
        .containsEntry("attention", "eager")
        .containsEntry("seed", 1234);
  }

  @Test
  void theSeedDrawsAndTheRulesCanBeWidened() {
    Object[] arguments = {
      "caption", "--seed=3", "--temperature=20", "--top-k=0", "--top-p=1", PICTURE
    };
    CommandLineRun hot = CommandLineRun.of(arguments);
    arguments[1] = "--seed=4";

    assertThat(hot.exit()).isEqualTo(ExitCodes.OK);
    assertThat(hot.out())
        .isNotEqualTo(CAPTION + "\n")
        .isNotEqualTo(CommandLineRun.of(arguments).out());
    assertThat(CommandLineRun.of("caption", "--sample", PICTURE).out()).isEqualTo(CAPTION + "\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --top-k=3 | --temperature, --top-k and --top-p: expected --sample or --seed with them
          --sample --temperature=0 | temperature: expected a number above 0, found 0.0
          --sample --top-p=2 | top_p: expected a number from 0 to 1, found 2.0
          --remedy=probability-floor | --remedy probability-floor: expected --sample or --seed, found no drawing of tokens
          --remedy=clamp | --remedy clamp: expected --attention eager, found sdpa
          """)
  void whatDoesNotFitIsRefused(String options, String message) {
    Object[] arguments = ("caption " + options + " " + PICTURE).split(" ");
    CommandLineRun run = CommandLineRun.of(arguments);

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error()).startsWith(message);
  }

  @Test
  void aTraceInFloat16EagerHoldsTheScoresThatOverflow() throws IOException {
    Path out = folder.resolve("trace.safetensors");
    CommandLineRun run =
        CommandLineRun.of("trace", "--dtype=float16", "--attention=eager", "--out", out, PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.err()).isEqualTo(ROUNDED);
    try (SafetensorsFile file = SafetensorsFile.open(out)) {
      assertThat(file.tensor("attention.1.nonfinite").shape().elements()).isPositive();
      assertThat(file.tensor("attention.0.nonfinite").shape().elements()).isZero();
      assertThat(file.metadata())
          .containsEntry("dtype", "float16")
          .containsEntry("attention", "eager")
          .containsEntry("remedy", "none");
    }
  }

  @Test
  void aTraceHasNoUseForARemedyBeforeTheDraw() {
    CommandLineRun run =
        CommandLineRun.of(
            "trace", "--remedy=remove-invalid", "--out", folder.resolve("t.safetensors"), PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error())
        .startsWith("--remedy remove-invalid: expected a remedy of attention, for trace draws no");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--arithmetic=hopper | --arithmetic hopper: expected float16 or bfloat16 with eager attention, found float32 sdpa",
        "--arithmetic=hopper --dtype=float16 | --arithmetic hopper: expected float16 or bfloat16 with eager attention, found float16 sdpa",
        "--arithmetic=volta --dtype=bfloat16 --attention=eager | --arithmetic volta: expected float16, found bfloat16",
        "--arithmetic=turing --dtype=bfloat16 --attention=eager | --arithmetic turing: expected float16, found bfloat16",
        "--arithmetic=hopper --accumulator=float16 --dtype=bfloat16 --attention=eager | --arithmetic hopper: expected a float32 accumulator with bfloat16, found float16",
        "--arithmetic=torch-cpu | --arithmetic PyTorch's order of additions: expected float16 or bfloat16 with eager attention",
        "--arithmetic=kepler | --arithmetic: expected one of sequential, torch-cpu, volta, turing, ampere, ada, hopper, blackwell, found kepler",
        "--accumulator=float16 | --accumulator float16: expected --arithmetic with the name of a matrix unit",
        "--arithmetic-for=attention | --arithmetic-for attention: expected --arithmetic with the name of a matrix unit",
        "--arithmetic-for=layers | --arithmetic-for: expected one of all, attention, found layers"
      })
  void anArithmeticThatNoUnitHasIsAUsageError(String options, String error) {
    CommandLineRun run =
        CommandLineRun.of((Object[]) ("caption " + options + " " + PICTURE).split(" +"));

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error()).startsWith(error);
  }

  @ParameterizedTest
  @CsvSource({"ampere,''", "hopper,''", "blackwell,attention"})
  void aCaptionIsComputedInTheArithmeticOfAGpuAndSaysSo(String name, String part) {
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "caption",
                "-q",
                "--format=jsonl",
                "--dtype=bfloat16",
                "--attention=eager",
                "--arithmetic=" + name));
    if (!part.isEmpty()) {
      arguments.add("--arithmetic-for=" + part);
    }
    arguments.add(PICTURE);

    CommandLineRun run = CommandLineRun.of(arguments.toArray());

    assertThat(JsonLines.object(run.out()))
        .containsEntry("text", CAPTION)
        .containsEntry("arithmetic", part.isEmpty() ? name : name + "." + part);
  }

  @Test
  void aDiagnosisIsMadeInTheArithmeticOfAGpu() {
    CommandLineRun run =
        CommandLineRun.of(
            "diagnose", "-q", "--no-remedies", "--arithmetic=volta", "--json", PICTURE);

    assertThat(JsonLines.object(run.out()))
        .containsEntry("arithmetic", "volta")
        .containsEntry("fails", true);
  }
}
