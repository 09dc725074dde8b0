package dev.loupe.cli.diagnose;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.SubCommand;
import dev.loupe.cli.command.WholeFile;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.options.NumericsOptions;
import dev.loupe.cli.options.PictureInput;
import dev.loupe.cli.options.PictureOptions;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.diagnose.ArithmeticComparison;
import dev.loupe.engine.diagnose.ArithmeticComparisonJson;
import dev.loupe.engine.diagnose.ArithmeticComparisonText;
import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.DiagnosisJson;
import dev.loupe.engine.diagnose.DiagnosisOptions;
import dev.loupe.engine.diagnose.DiagnosisText;
import dev.loupe.engine.diagnose.html.DiagnosisPage;
import dev.loupe.engine.diagnose.reproduce.Reproducer;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code diagnose}: the float16 forensics. */
@Command(
    name = "diagnose",
    header = "Shows where a prompt overflows float16, and which remedy helps.",
    description = {
      "All pictures, then all clips, then the text make one prompt; without pictures --prompt alone. "
          + "It is run in float16 with eager attention, or as --dtype, --attention and --remedy say, "
          + "with tokens drawn as PyTorch draws them on a CPU.",
      "The report says whether that fails and at which token, the first operation and score that "
          + "overflows, by how much, and whether the mask hides it; how NaN spreads; what "
          + "PyTorch raises; whether the order of additions decides; and what every known "
          + "remedy does to the same prompt, compared with float32: whether it cures the failure, "
          + "hides it, or changes the answer.",
      "The prompt is answered in about fourteen ways, and common parts are computed once: with a "
          + "large model a diagnosis takes eight to nine times as long as one caption. Weights are "
          + "loaded in three types, one after the other. The first diagnosis of a large model keeps "
          + "a second file of packed weights, in float16. The exit code says whether the diagnosis "
          + "was made, not what it found."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the diagnosis was made",
      "1:the diagnosis could not be made",
      "2:the command line makes no sense"
    })
public final class DiagnoseCommand extends SubCommand {

  @Mixin private PictureOptions pictures;

  @Option(names = "--json", description = "Write one JSON object in one line instead of text.")
  private boolean json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description =
          "Write the diagnosis with its plots to this file as well, as one page without script that "
              + "loads nothing. It shows the pictures and the prompt. An existing file is replaced "
              + "at the end.")
  private Optional<Path> html = Optional.empty();

  @Option(
      names = "--reproduce",
      paramLabel = "DIR",
      description =
          "Write the operands of the first failing operation to this folder, with a script of "
              + "PyTorch that shows the same event from them and a text for a bug report. It shows "
              + "tokens of the prompt. The folder must be new, or hold nothing but an earlier one.")
  private Optional<Path> reproduce = Optional.empty();

  @Option(names = "--no-remedies", description = "Skip the remedies, which take most of the time.")
  private boolean noRemedies;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description = "How many tokens of the answer to examine; ${DEFAULT-VALUE} if absent.")
  private int maxNewTokens = DiagnosisOptions.MAX_NEW_TOKENS;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Draw the tokens from this seed; ${DEFAULT-VALUE} if absent.")
  private long seed = 0;

  @Option(
      names = "--arithmetics",
      paramLabel = "NAME,...",
      hideParamSyntax = true,
      split = ",",
      description =
          "Compare the prompt in several arithmetics instead, in place of --arithmetic: who fails, "
              + "the first overflow, differences by stage, other tokens. Names of --arithmetic with "
              + "commas between them, such as sequential,torch-cpu,ampere,hopper; a matrix unit may "
              + "end in .acc16 (float16 accumulators) and .attention (attention alone). All are "
              + "compared with the first.")
  private List<String> arithmetics = List.of();

  @Mixin private NumericsOptions numerics;

  @Mixin private ModelOptions model;

  @Override
  public Integer call() throws IOException {
    List<PictureInput> inputs = pictures.inputsOrPrompt();
    pictures.requirePositive("--max-new-tokens", maxNewTokens);
    List<Accumulation> compared =
        arithmetics.isEmpty() ? List.of() : numerics.arithmetics("--arithmetics", arithmetics);
    NumericsProfile profile = numerics.profile(NumericsProfile.FLOAT16_EAGER);
    requireOne(profile, compared);
    GenerationOptions generation =
        pictures
            .limit(GenerationOptions.greedy().maxNewTokens(maxNewTokens))
            .sample(seed)
            .remedy(numerics.samplingRemedy());
    ModelFiles files = model.files();
    DiagnosisOptions options =
        DiagnosisOptions.defaults().load(model.loadOptions(files, profile)).generation(generation);
    if (noRemedies) {
      options = options.remedies(List.of());
    }
    if (reproduce.isPresent()) {
      Reproducer.requireFree(reproduce.get());
      options = options.operands(true);
    }
    if (!compared.isEmpty()) {
      out().print(comparison(files, pictures.together(inputs), options, compared));
      return ExitCodes.OK;
    }
    if (html.isPresent()) {
      pictures.requireOtherFile("--html", html.get(), inputs);
    }
    // Before the work, so that a file that cannot be written is refused early.
    try (WholeFile page = WholeFile.of(html)) {
      Prompt prompt = pictures.together(inputs);
      Diagnosis d = watched(options, watched -> Diagnosis.of(files, prompt, watched));
      page.write(() -> DiagnosisPage.of(d, prompt, typed(), versions()));
      ended(d);
    }
    return ExitCodes.OK;
  }

  /** The report comes first: minutes of work are not lost with a folder that cannot be written. */
  private void ended(Diagnosis d) throws IOException {
    out().print(json ? DiagnosisJson.of(d) + "\n" : DiagnosisText.of(d));
    if (reproduce.isPresent() && !Reproducer.write(reproduce.get(), d, typed(), versions())) {
      err()
          .println(
              "loupe: --reproduce: nothing was written, for no operation of this run overflowed");
    }
  }

  private String comparison(
      ModelFiles files, Prompt prompt, DiagnosisOptions options, List<Accumulation> compared)
      throws IOException {
    ArithmeticComparison c =
        watched(options, watched -> ArithmeticComparison.of(files, prompt, watched, compared));
    return json ? ArithmeticComparisonJson.of(c) + "\n" : ArithmeticComparisonText.of(c);
  }

  /** What is made with a progress bar. */
  @FunctionalInterface
  private interface Work<T> {
    T with(DiagnosisOptions watched) throws IOException;
  }

  private <T> T watched(DiagnosisOptions options, Work<T> work) throws IOException {
    ProgressReporter reporter = ProgressReporter.on(err(), model.quiet());
    try (DiagnosisProgress progress = new DiagnosisProgress(reporter, model.quiet())) {
      return work.with(options.listener(progress));
    }
  }

  private void requireOne(NumericsProfile profile, List<Accumulation> compared) {
    if (compared.isEmpty()) {
      return;
    }
    if (html.isPresent()) {
      throw usage("--html: expected one arithmetic, found --arithmetics, which has no page");
    }
    if (reproduce.isPresent()) {
      throw usage("--reproduce: expected one arithmetic, found --arithmetics");
    }
    try {
      ArithmeticComparison.requireOne(profile, compared);
    } catch (IllegalArgumentException e) {
      throw usage("--" + e.getMessage());
    }
  }
}
