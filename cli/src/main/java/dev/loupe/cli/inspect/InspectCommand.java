package dev.loupe.cli.inspect;

import dev.loupe.cli.command.ErrorReporter;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.SubCommand;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.ProgressTask;
import dev.loupe.cli.terminal.TextTable;
import dev.loupe.engine.inspect.ModelInspection;
import dev.loupe.engine.inspect.TensorInventory;
import dev.loupe.io.Json;
import dev.loupe.io.Printable;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.weights.ModelFiles;
import dev.loupe.weights.ModelWeights;
import dev.loupe.weights.safetensors.StoredType;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code inspect}: what a model consists of, and what is wrong with it. */
@Command(
    name = "inspect",
    header = "Shows what a model holds, and what is wrong with it.",
    description =
        "Reads the configuration, the tokenizer and the headers of the weights, not the weights "
            + "themselves, unless --ranges or --weights asks for them or it is in doubt whether the output layer "
            + "is tied. Compares the tensors with those that "
            + "the configuration calls for. Goes on after a mistake and lists all it found.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the model can be loaded",
      "1:something is wrong with it; see the problems that are listed",
      "2:the command line makes no sense"
    })
public final class InspectCommand extends SubCommand {

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
    ModelInspection inspection = inspect(files);
    Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
    sections.put("model", HostSection.of(files, model));
    sections.putAll(inspection.sections());
    PrintStream out = out();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>(sections);
      object.put("tensors", inspection.tensors().map(TensorInventory::toJson).orElse(null));
      object.put("notes", inspection.notes());
      object.put("problems", inspection.problems());
      out.println(Json.write(object));
    } else {
      print(sections, out);
      inspection.tensors().ifPresent(tensors -> print(tensors, out));
      if (!inspection.notes().isEmpty()) {
        out.println("notes");
        inspection.notes().forEach(note -> out.println("  " + note));
      }
    }
    inspection.problems().forEach(p -> err().println("loupe: " + p));
    return inspection.problems().isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
  }

  private ModelInspection inspect(ModelFiles files) {
    ModelInspection inspection = new ModelInspection(files, ErrorReporter::text);
    if (model.hasTokenizer() || files.bringsTokenizer()) {
      inspection.tokenizer(() -> model.tokenizer(files));
    } else {
      inspection.withoutTokenizer("none; --tokenizer FOLDER takes one from another model");
    }
    inspection.tensors(() -> tensors(files));
    WeightTypes types = model.weightTypes();
    if (!types.asStored()) {
      inspection.integers(types, model.threads());
    }
    return inspection;
  }

  private TensorInventory tensors(ModelFiles files) throws IOException {
    ProgressReporter progress = ProgressReporter.on(err(), model.quiet());
    try (ModelWeights weights = files.openWeights();
        ProgressTask task =
            progress.start("Reading weights", weights.byteSize(), " MB", 1_000_000)) {
      return TensorInventory.of(weights, ranges, task::step);
    }
  }

  private static void print(Map<String, Map<String, Object>> sections, PrintStream out) {
    sections.forEach((heading, section) -> {
      out.println(heading);
      section.forEach(
          (key, value) -> out.println(Printable.escape("  %-24s %s".formatted(key, text(value)))));
    });
  }

  private static void print(TensorInventory tensors, PrintStream out) {
    TextTable table =
        tensors.ranges()
            ? new TextTable("name", "type", "tensors", "elements", "bytes", "min", "max")
            : new TextTable("name", "type", "tensors", "elements", "bytes");
    tensors.groups().forEach((name, group) -> table.row(cells(name, group)));
    table.row(cells("all", tensors.total()));
    out.println("tensors");
    table.lines().forEach(line -> out.println("  " + line));
  }

  private static String[] cells(String name, TensorInventory.Group group) {
    List<String> cells = new ArrayList<>();
    cells.add(Printable.escape(name));
    cells.add(String.join(" ", group.dtypes().stream().map(StoredType::name).toList()));
    cells.add(Integer.toString(group.tensors()));
    cells.add("%,d".formatted(group.elements()));
    cells.add("%,d".formatted(group.bytes()));
    group
        .range()
        .ifPresent(range -> {
          cells.add(TextTable.number(range.min()));
          cells.add(TextTable.number(range.max()));
        });
    return cells.toArray(String[]::new);
  }

  private static String text(Object value) {
    return switch (value) {
      case null -> "-";
      case List<?> list -> list.toString().replaceAll("[\\[\\]]", "");
      default -> value.toString();
    };
  }
}
