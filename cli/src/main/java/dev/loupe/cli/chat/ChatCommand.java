package dev.loupe.cli.chat;

import dev.loupe.cli.command.SubCommand;
import dev.loupe.cli.folder.PictureReader;
import dev.loupe.cli.options.DecodeTimeoutOption;
import dev.loupe.cli.options.MaxPixelsOption;
import dev.loupe.cli.options.ModelOptions;
import dev.loupe.cli.options.MonitorOption;
import dev.loupe.cli.options.NumericsOptions;
import dev.loupe.cli.options.SamplingOptions;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.cli.terminal.StandardStreams;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chat}: a conversation in the terminal, or one that is piped in. */
@Command(
    name = "chat",
    header = "Answers questions about pictures, turn by turn.",
    description = {
      "Each line is a question. Pictures given here, or by /image PATH, belong to the next "
          + "question. Answers appear while they are computed; Ctrl-C stops an answer, Ctrl-D ends "
          + "the conversation. Other commands: /reset, /stats, /help, /quit.",
      "If the lines are piped in, there are no prompts. Each answer goes to standard output "
          + "with a line break after it, or with --format jsonl as a JSON object in a line."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the conversation ended",
      "1:the command failed",
      "2:the command line makes no sense",
      "3:a piped line failed and was reported; the others are done"
    })
public final class ChatCommand extends SubCommand {

  /** How answers are written. */
  enum Format {
    TEXT,
    JSONL
  }

  @Parameters(
      paramLabel = "PATH",
      arity = "0..*",
      description = "Pictures for the first question: JPEG, PNG, WebP, GIF, BMP or TIFF.")
  private List<Path> paths = List.of();

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "The system message; that of the model's template if absent.")
  private Optional<String> system = Optional.empty();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "How answers are written: text (if absent) or jsonl.")
  private Format format = Format.TEXT;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description = "The longest answer in tokens; the model's own limit, else 128, if absent.")
  private Optional<Integer> maxNewTokens = Optional.empty();

  @Mixin private MaxPixelsOption maxPixels;

  @Mixin private DecodeTimeoutOption decodeTimeout;

  @Mixin private MonitorOption monitor;

  @Mixin private SamplingOptions sampling;

  @Mixin private NumericsOptions numerics;

  @Mixin private ModelOptions model;

  @Override
  public Integer call() throws IOException {
    NumericsProfile profile = numerics.profile(NumericsProfile.FLOAT32);
    ModelFiles files = model.files();
    GenerationOptions options = sampling.applied(limits(), numerics.samplingRemedy());
    Prompt opening = system.map(Prompt.create()::system).orElse(Prompt.create());
    PictureReader reader = decodeTimeout.reader();
    StandardStreams streams = streams();
    ChatAnswers answers =
        switch (format) {
          case TEXT -> ChatAnswers.text(streams.out());
          case JSONL -> ChatAnswers.jsonl(streams.out());
        };
    ProgressReporter progress = ProgressReporter.on(streams.err(), model.quiet());
    try (MonitorOption.Monitor watching = monitor.open(files, profile, streams.err());
        Qwen2Vl loaded = model.load(files, profile, progress, streams.err());
        ChatInput input = input(streams);
        ChatRun run =
            new ChatRun(
                loaded, options, reader, opening, input, answers, watching, streams.err())) {
      paths.forEach(run::show);
      return run.talk();
    }
  }

  private GenerationOptions limits() {
    GenerationOptions options = GenerationOptions.greedy();
    try {
      return maxPixels.applied(maxNewTokens.map(options::maxNewTokens).orElse(options));
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private static ChatInput input(StandardStreams streams) {
    Optional<ChatInput> edited =
        streams.in() == System.in ? EditedInput.ofThisProcess() : Optional.empty();
    return edited.orElseGet(() -> new PipedInput(streams.in()));
  }
}
