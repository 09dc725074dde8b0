package dev.loupe.cli.inspect;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.RootCommand;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.terminal.Json;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code inspect}: what a model consists of, and what is wrong with it. */
@Command(
    name = "inspect",
    header = "Shows what a model holds, and what is wrong with it.",
    sortOptions = false,
    usageHelpWidth = 100,
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    description =
        "Reads the configuration, the tokenizer and the headers of the weights, not the weights "
            + "themselves, unless --ranges asks for them. Compares the tensors with those that "
            + "the configuration calls for. Goes on after a mistake and lists all it found.",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the model can be loaded",
      "1:something is wrong with it; see the problems that are listed",
      "2:the command line makes no sense"
    })
public final class InspectCommand implements Callable<Integer> {

  @ParentCommand private RootCommand loupe;

  @Option(names = "--json", description = "Write one JSON object.")
  private boolean json;

  @Option(
      names = "--ranges",
      description = "Read all weights and show the smallest and largest of each group.")
  private boolean ranges;

  @Mixin private ModelOptions model;

  @Override
  public Integer call() throws IOException {
    ModelFiles files = model.files();
    ProgressReporter progress = ProgressReporter.on(loupe.streams().err(), model.quiet());
    ModelInspection inspection = new ModelInspection(files, model, ranges, progress);
    PrintStream out = loupe.streams().out();
    if (json) {
      out.println(Json.write(inspection.toJson()));
    } else {
      print(inspection, out);
    }
    inspection.problems().forEach(p -> loupe.streams().err().println("loupe: " + p));
    return inspection.problems().isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
  }

  private static void print(ModelInspection inspection, PrintStream out) {
    inspection
        .sections()
        .forEach((heading, section) -> {
          out.println(heading);
          section.forEach((key, value) -> out.println("  %-24s %s".formatted(key, text(value))));
        });
    inspection
        .groups()
        .ifPresent(groups -> {
          out.println("tensors");
          groups.table().lines().forEach(line -> out.println("  " + line));
        });
  }

  private static String text(Object value) {
    return switch (value) {
      case null -> "-";
      case List<?> list -> list.toString().replaceAll("[\\[\\]]", "");
      default -> value.toString();
    };
  }
}
