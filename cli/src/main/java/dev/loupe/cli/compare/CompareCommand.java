package dev.loupe.cli.compare;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.SubCommand;
import dev.loupe.cli.command.WholeFile;
import dev.loupe.engine.compare.ComparisonJson;
import dev.loupe.engine.compare.ComparisonText;
import dev.loupe.engine.compare.TraceComparison;
import dev.loupe.engine.compare.TraceComparison.Verdict;
import dev.loupe.engine.compare.html.ComparisonPage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compare}: where two traces part. */
@Command(
    name = "compare",
    header = "Shows where two traces of one prompt part, and whether rounding explains it.",
    description = {
      "A and B are files that trace wrote, or the Python file that trace --script prints. The first "
          + "line is the verdict. Then come the first row and element that differ beyond rounding, "
          + "and every stage with its distance in units in the last place.",
      "A stage is judged by itself only where it starts from equal numbers; there it may differ as "
          + "two orders of additions do. Later stages carry a difference on. If the types differ, "
          + "numbers are compared in the coarser one."
    },
    parameterListHeading = "%nTraces:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the same, or the same within rounding",
      "1:the traces could not be compared",
      "2:the command line makes no sense",
      "4:different beyond rounding, or one trace lacks stages"
    })
public final class CompareCommand extends SubCommand {

  @Parameters(index = "0", paramLabel = "A", description = "A trace, such as that of PyTorch.")
  private Path a;

  @Parameters(index = "1", paramLabel = "B", description = "Another trace of the same prompt.")
  private Path b;

  @Option(names = "--json", description = "Write one JSON object in one line instead of text.")
  private boolean json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description =
          "Write the comparison with a plot to this file as well, as one page without script that "
              + "loads nothing. An existing file is replaced at the end.")
  private Optional<Path> html = Optional.empty();

  @Override
  public Integer call() throws IOException {
    for (Path trace : List.of(a, b)) {
      if (html.isPresent() && WholeFile.isSame(html.get(), trace)) {
        throw usage("--html: expected another file than the trace " + trace);
      }
    }
    // Before the work, so that a file that cannot be written is refused early.
    try (WholeFile page = WholeFile.of(html)) {
      TraceComparison comparison = TraceComparison.of(a, b);
      page.write(() -> ComparisonPage.of(comparison, typed(), versions()));
      return report(comparison);
    }
  }

  private int report(TraceComparison comparison) {
    out().print(json ? ComparisonJson.of(comparison) + "\n" : ComparisonText.of(comparison));
    Verdict verdict = comparison.verdict();
    return verdict == Verdict.SAME || verdict == Verdict.WITHIN_ROUNDING
        ? ExitCodes.OK
        : ExitCodes.DIFFERENT;
  }
}
