package dev.loupe.cli.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiagnoseCommandTest {
  private static final Path PICTURE = TestFiles.scene("scene-023");

  @TempDir Path folder;

  private static CommandLineRun diagnose(Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = "diagnose";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return CommandLineRun.of(all);
  }

  @Test
  void aPromptThatFailsIsDiagnosedWithExitCodeZero() {
    CommandLineRun run = diagnose("-q", PICTURE);

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.lines().getFirst())
        .isEqualTo(
            "captioner, float16 eager: FAILS at token 1 of the answer, in the prompt's pass.");
    assertThat(run.out())
        .contains(
            "\nFirst overflow\n", "\nHow NaN spread\n", "\nWhat helps, compared with float32\n")
        .contains("float32 says \"A small blue cross on a white background.\"\n")
        .containsPattern("\\n  float16-sdpa +cures ")
        .containsPattern("\\n  greedy +hides ")
        .endsWith("\n");
  }

  @Test
  void theKeysOfTheJsonAreAContract() {
    CommandLineRun run = diagnose("--json", "--max-new-tokens=2", PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.lines()).hasSize(1);
    Map<String, Object> json = JsonLines.object(run.out());
    assertThat(json.keySet())
        .containsExactly(
            "model",
            "dtype",
            "attention",
            "arithmetic",
            "remedy",
            "sampling_remedy",
            "seed",
            "prompt_tokens",
            "fails",
            "failing_token",
            "exception",
            "first_overflow",
            "first_sum_overflow",
            "sum_overflow_counts",
            "absorbed_overflows",
            "overflow_counts",
            "overflows",
            "nan_pass",
            "first_nan",
            "nan_rows",
            "summation_order",
            "weights",
            "largest",
            "underflow",
            "answer",
            "greedy",
            "float32",
            "remedies",
            "tokens",
            "operations",
            "head_scores",
            "token_scores",
            "exponents");
    Map<?, ?> remedy = (Map<?, ?>) ((List<?>) json.get("remedies")).getFirst();
    assertThat(List.<Object>copyOf(remedy.keySet()))
        .containsExactly(
            "remedy",
            "verdict",
            "logit_difference",
            "first_different_token",
            "failed",
            "text",
            "tokens",
            "first_non_finite_token",
            "non_finite_tokens",
            "overflows",
            "masked_overflows",
            "other_overflows",
            "exposed_scores",
            "absorbed_overflows",
            "stages");
    assertThat(remedy.get("remedy")).isEqualTo("float32");
    assertThat((List<?>) remedy.get("tokens")).hasSize(2);
  }

  @Test
  void anotherArithmeticCanBeDiagnosed() {
    CommandLineRun run =
        diagnose("--dtype=bfloat16", "--attention=sdpa", "--no-remedies", "--seed=7", PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.out())
        .startsWith("captioner, bfloat16 sdpa: ANSWERS. No number left the range.\n")
        .contains("tokens drawn from seed 7\n")
        .doesNotContain("First overflow", "order of additions", "What helps");
  }

  @Test
  void aRemedyCanBeDiagnosed() {
    CommandLineRun run = diagnose("--remedy=remove-invalid", "--no-remedies", PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.out())
        .startsWith("captioner, float16 eager, remove-invalid: FAILS at token 1 of the answer")
        .contains("draws from logits that are not finite, without an error");
  }

  @Test
  void arithmeticsAreComparedInOneTable() {
    CommandLineRun run =
        diagnose(
            "-q",
            "--arithmetics=sequential,ampere,volta",
            "--dtype=bfloat16",
            "--max-new-tokens=2",
            PICTURE);

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.lines().getFirst()).isEqualTo("captioner, bfloat16 eager, in 2 arithmetics");
    assertThat(run.out())
        .containsPattern("\\n  sequential  answers +none +0 ")
        .containsPattern("\\n  ampere      answers +none +0 ")
        .contains(
            "\n  volta does not exist: volta: expected float16, found bfloat16, ",
            "\nWhat holds for all of them\n",
            "\nWhat depends on the arithmetic\n",
            "\nLargest differences by stage of the prompt's pass")
        .doesNotContain("What helps");
  }

  @Test
  void theKeysOfTheComparisonsJsonAreAContract() {
    CommandLineRun run =
        diagnose("--json", "--arithmetics=sequential,hopper.acc16", "--max-new-tokens=1", PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.lines()).hasSize(1);
    Map<String, Object> json = JsonLines.object(run.out());
    assertThat(json.keySet())
        .containsExactly(
            "model",
            "dtype",
            "attention",
            "remedy",
            "seed",
            "prompt_tokens",
            "reference",
            "arithmetics",
            "common",
            "different",
            "tokens");
    Map<?, ?> last = (Map<?, ?>) ((List<?>) json.get("arithmetics")).getLast();
    assertThat(List.<Object>copyOf(last.keySet()))
        .containsExactly(
            "arithmetic",
            "missing",
            "fails",
            "failing_token",
            "first_overflow",
            "first_sum_overflow",
            "sum_overflow_counts",
            "overflow_counts",
            "nan_pass",
            "first_nan",
            "answer",
            "first_different_token",
            "stages");
    assertThat(last.get("arithmetic")).isEqualTo("hopper.acc16");
    Map<?, ?> stage = (Map<?, ?>) ((List<?>) last.get("stages")).getFirst();
    assertThat(List.<Object>copyOf(stage.keySet()))
        .containsExactly(
            "stage",
            "elements",
            "differing",
            "finite_in_one",
            "largest_difference",
            "share_of_largest");
    assertThat(stage.get("stage")).isEqualTo("visual.patch_embed");
  }

  @Test
  void severalPicturesAreOnePrompt() {
    CommandLineRun run =
        diagnose(
            "--no-remedies", "--json", PICTURE, TestFiles.scene("scene-011"), "--prompt=Both?");

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat((List<?>) JsonLines.object(run.out()).get("tokens"))
        .extracting(token -> ((Map<?, ?>) token).get("text").toString())
        .anyMatch(text -> text.startsWith("picture 1 (row 1 of "))
        .anyMatch(text -> text.startsWith("picture 2 (row 1 of "));
  }

  @Test
  void aTextAloneIsDiagnosed() {
    CommandLineRun run = diagnose("--no-remedies", "--json", "--prompt=What is a circle?");

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(JsonLines.object(run.out())).containsEntry("fails", true);
  }

  @Test
  void aPageIsWrittenBesideTheJsonAndReplacesAnOlderOne() throws IOException {
    Path page = Files.writeString(folder.resolve("page.html"), "old");

    CommandLineRun run =
        diagnose("-q", "--json", "--no-remedies", "--html", page, "--prompt=It's <b>?", PICTURE);

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(JsonLines.object(run.out())).containsEntry("fails", true);
    assertThat(Files.readString(page))
        .startsWith("<!doctype html>\n<html lang=\"en\">")
        .contains("captioner, float16 eager, fails at token ")
        .contains("<code>loupe diagnose -q --json --no-remedies --html " + page)
        .contains("&#39;--prompt=It&#39;\\&#39;&#39;s &lt;b&gt;?&#39;")
        .endsWith("</html>\n");
  }

  @Test
  void aPageThatCannotBeWrittenIsRefusedBeforeTheWork() throws IOException {
    CommandLineRun inFolder = diagnose("--html", folder, PICTURE);
    assertThat(inFolder.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(inFolder.error())
        .isEqualTo(folder + ": expected the name of a file to write, found a folder");

    CommandLineRun missing = diagnose("--html", folder.resolve("no/page.html"), PICTURE);
    assertThat(missing.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(missing.error())
        .contains("page.html: expected to write into the folder ", "; create the folder first");

    Path picture = Files.copy(PICTURE, folder.resolve("a.png"));
    CommandLineRun same = diagnose("--html", picture, picture);
    assertThat(same.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(same.error()).startsWith("--html: expected another file than the picture ");
    assertThat(picture).hasSameBinaryContentAs(PICTURE);

    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(picture);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --dtype=float8 | --dtype: expected one of float32, bfloat16, float16, found float8
          --attention=flash | --attention: expected one of eager, sdpa, found flash
          --remedy=hope | --remedy: expected one of none, upcast-qk, scale-first, inf-to-zero, clamp, remove-invalid, probability-floor, found hope
          --attention=sdpa --remedy=clamp | --remedy clamp: expected --attention eager, found sdpa, which has float32 scores in any case
          --arithmetics=hopper | --arithmetics: expected two names or more, found [hopper]
          --arithmetics=hopper,g80 | --arithmetics: expected names of sequential, torch-cpu, volta, turing, ampere, ada, hopper, blackwell, the last six with .acc16 and .attention if you like, found g80
          --arithmetics=hopper,hopper | --arithmetics: expected each name once, found hopper twice
          --arithmetics=hopper,ampere --accumulator=float16 | --arithmetics: expected no --arithmetic, --accumulator or --arithmetic-for with it, found one; names may end in .acc16 and .attention, such as hopper.acc16
          --arithmetics=volta,turing --dtype=bfloat16 | --arithmetics: expected one that exists, found none; volta: expected float16, found bfloat16, which this matrix unit does not multiply; turing: expected float16, found bfloat16, which this matrix unit does not multiply
          --arithmetics=hopper,ampere --html=a.html | --html: expected one arithmetic, found --arithmetics, which has no page
          --max-new-tokens=0 | --max-new-tokens: expected at least 1, found 0
          """)
  void whatMakesNoSenseIsRefused(String options, String message) {
    Object[] arguments = (options + " " + PICTURE).split(" ");
    CommandLineRun run = diagnose(arguments);

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error()).startsWith(message + "\n");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void withoutPictureAndPromptThereIsNothingToDiagnose() {
    CommandLineRun run = diagnose();

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error())
        .startsWith("expected a picture or --prompt, found neither; name a file, or ask something");
  }

  @Test
  void aMissingPictureMeansThatNoDiagnosisCouldBeMade() {
    CommandLineRun run = diagnose("missing.png");

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error()).isEqualTo("missing.png: no such file or folder");
  }

  @Test
  void aFailureIsWrittenToAFolderThatHoldsNothingElse() throws IOException {
    Path to = folder.resolve("failure");

    CommandLineRun run =
        diagnose("-q", "--no-remedies", "--max-new-tokens=1", "--reproduce", to, PICTURE);

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    try (Stream<Path> files = Files.list(to)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("operands.safetensors", "reproduce.py", "report.md");
    }
    assertThat(to.resolve("report.md"))
        .content()
        .startsWith("# captioner, float16 eager: FAILS at token 1")
        .contains("| operation | `model.layers.1.self_attn.scores` |", "loupe diagnose ");

    Files.writeString(to.resolve("notes.txt"), "mine");
    CommandLineRun refused = diagnose("--reproduce", to, PICTURE);
    assertThat(refused.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(refused.err()).contains("found notes.txt in it");
    assertThat(to.resolve("notes.txt")).hasContent("mine");
  }

  @Test
  void aReproducerThatCannotBeWrittenCostsNoReport() throws IOException {
    Path to = folder.resolve("taken");
    Files.createDirectories(to.resolve("report.md"));

    CommandLineRun run =
        diagnose("-q", "--no-remedies", "--max-new-tokens=1", "--reproduce", to, PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error()).contains("expected the name of a file to write, found a folder");
    assertThat(run.out()).contains("First overflow");
  }

  @Test
  void withoutAFailureNoFolderIsMade() {
    Path to = folder.resolve("nothing");

    CommandLineRun run =
        diagnose(
            "-q",
            "--no-remedies",
            "--max-new-tokens=1",
            "--dtype=bfloat16",
            "--reproduce",
            to,
            PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.err())
        .isEqualTo(
            "loupe: --reproduce: nothing was written, for no operation of this run overflowed\n");
    assertThat(to).doesNotExist();
  }

  @Test
  void aComparisonOfArithmeticsHasNoSingleFailureToRepeat() {
    CommandLineRun run =
        diagnose("--arithmetics=sequential,ampere", "--reproduce", folder, PICTURE);

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error()).startsWith("--reproduce: expected one arithmetic, found --arithmetics");
  }
}
