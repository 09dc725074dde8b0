package dev.loupe.cli.bench;

import dev.loupe.cli.bench.BenchOptions.PictureSize;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.SubCommand;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.options.NumericsOptions;
import dev.loupe.cli.terminal.LoadingProgress;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench}: how fast a model runs on this machine, and how fast it could run. */
@Command(
    name = "bench",
    header = "Measures how fast a model runs on this machine.",
    description = {
      "Measures prompts, decoding and pictures, and between them the peaks of the machine: "
          + "multiply-adds on registers and reading from memory, in all threads. Each figure is the "
          + "median of its repeats. Token ids and pixels are invented, so no tokenizer is needed.",
      "Lists are separated by commas; an empty list ('') skips a part. With synthetic:2b the "
          + "command takes minutes."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:measured",
      "1:the model cannot be loaded",
      "2:the command line makes no sense"
    })
public final class BenchCommand extends SubCommand {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})");

  @Option(
      names = "--prefill",
      paramLabel = "N,...",
      description = "Lengths of prompts in tokens; ${DEFAULT-VALUE} if absent.")
  private String prefill = "64,256,512";

  @Option(
      names = "--decode",
      paramLabel = "N,...",
      description = "Decode 64 tokens after contexts of so many; ${DEFAULT-VALUE} if absent.")
  private String decode = "256";

  @Option(
      names = "--batch",
      paramLabel = "N,...",
      description = "How many sequences are decoded in one batch; ${DEFAULT-VALUE} if absent.")
  private String batch = "1,8";

  @Option(
      names = "--image",
      paramLabel = "WxH,...",
      description = "Sizes of pictures, multiples of 28 pixels; ${DEFAULT-VALUE} if absent.")
  private String image = "224x224,448x448,896x672";

  @Option(
      names = "--repeat",
      paramLabel = "N",
      description = "How often each figure is measured; ${DEFAULT-VALUE} if absent.")
  private int repeat = 5;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description =
          "Write one JSON object to this file; - for standard output, in place of the table.")
  private Optional<String> json = Optional.empty();

  @Mixin private NumericsOptions numerics;

  @Mixin private ModelOptions model;

  @Override
  public Integer call() throws IOException {
    BenchOptions options = options();
    NumericsProfile profile = numerics.profile(NumericsProfile.FLOAT32);
    ModelFiles files = model.files();
    requireWritable();
    BenchReport report = report(files, profile, options);
    PrintStream out = out();
    String object = BenchJson.of(report);
    if (json.isPresent() && json.get().equals("-")) {
      out.println(object);
      return ExitCodes.OK;
    }
    if (json.isPresent()) {
      Files.writeString(Path.of(json.get()), object + "\n");
    }
    BenchText.of(report).forEach(out::println);
    return ExitCodes.OK;
  }

  private BenchReport report(ModelFiles files, NumericsProfile profile, BenchOptions options)
      throws IOException {
    PrintStream err = err();
    ProgressReporter progress = ProgressReporter.on(err, model.quiet());
    try (LoadingProgress loading = new LoadingProgress(progress, files.name(), err, model.quiet());
        BenchProgress measuring = new BenchProgress(progress)) {
      BenchListener listener =
          (name, done, total) -> {
            loading.end();
            measuring.measuring(name, done, total);
          };
      return Bench.run(
          files, model.optionsWithoutTokenizer(profile).listener(loading), options, listener);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  /** Reports a wrong path before the measurement, which takes minutes. */
  private void requireWritable() throws IOException {
    if (json.isEmpty() || json.get().equals("-")) {
      return;
    }
    Path folder = Path.of(json.get()).toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder) || Files.isDirectory(Path.of(json.get()))) {
      throw new IOException(
          json.get() + ": expected the name of a file in an existing folder, found none");
    }
  }

  private BenchOptions options() {
    try {
      return new BenchOptions(
          numbers("--prefill", prefill),
          numbers("--decode", decode),
          numbers("--batch", batch),
          items(image).map(this::size).toList(),
          repeat);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private static Stream<String> items(String list) {
    return Arrays.stream(list.split(",")).map(String::strip).filter(item -> !item.isEmpty());
  }

  private List<Integer> numbers(String option, String list) {
    return items(list)
        .map(item -> {
          try {
            return Integer.parseInt(item);
          } catch (NumberFormatException e) {
            throw usage(option + ": expected numbers with commas between, found " + list);
          }
        })
        .toList();
  }

  private PictureSize size(String item) {
    Matcher m = SIZE.matcher(item);
    if (!m.matches()) {
      throw usage("--image: expected sizes such as 448x448, found " + item);
    }
    return new PictureSize(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)));
  }
}
