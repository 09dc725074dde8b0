package dev.loupe.cli;

import dev.loupe.cli.bench.BenchCommand;
import dev.loupe.cli.caption.CaptionCommand;
import dev.loupe.cli.chat.ChatCommand;
import dev.loupe.cli.command.ErrorReporter;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.cli.command.FileArguments;
import dev.loupe.cli.command.HelpLayout;
import dev.loupe.cli.command.LauncherWatch;
import dev.loupe.cli.command.RootCommand;
import dev.loupe.cli.compare.CompareCommand;
import dev.loupe.cli.diagnose.DiagnoseCommand;
import dev.loupe.cli.inspect.InspectCommand;
import dev.loupe.cli.screen.ScreenCommand;
import dev.loupe.cli.serve.ServeCommand;
import dev.loupe.cli.terminal.FailedOutputException;
import dev.loupe.cli.terminal.StandardStreams;
import dev.loupe.cli.tokenize.TokenizeCommand;
import dev.loupe.cli.trace.TraceCommand;
import dev.loupe.cli.verify.VerifyCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code loupe}: the options of all commands. Runs a command line and returns its exit code. */
@Command(
    name = "loupe",
    header = "Looks at pictures and writes captions: Qwen2-VL in pure Java, on the CPU, offline.",
    versionProvider = VersionProvider.class,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "loupe stands for: java -jar cli/target/loupe.jar",
      "Results go to standard output in UTF-8; progress and messages go to standard error."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all done",
      "1:failed",
      "2:the command line makes no sense",
      "3:some pictures failed; they are listed",
      "4:two traces differ, or a receipt does not hold",
      "130:interrupted"
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  LOUPE_JAVA_HOME   the Java (25 or later) to run on, instead of the one that is found",
      "  LOUPE_JAVA_OPTS   more options for that Java, such as -Xmx8g"
    })
public final class LoupeCommand extends HelpLayout implements RootCommand, Runnable {
  private static final List<Class<?>> COMMANDS =
      List.of(
          BenchCommand.class,
          CaptionCommand.class,
          ChatCommand.class,
          CompareCommand.class,
          DiagnoseCommand.class,
          InspectCommand.class,
          ScreenCommand.class,
          ServeCommand.class,
          TokenizeCommand.class,
          TraceCommand.class,
          VerifyCommand.class);

  private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version, and the Java it runs on, and exit.")
  private boolean version;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean debug;

  private LoupeCommand(StandardStreams streams) {
    this.streams = streams;
  }

  /**
   * Runs a command and ends the JVM with its exit code.
   *
   * @param arguments the command line
   */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT); // Every text is English; digits and letters are those of ASCII.
    // The library logs its warnings; here they are lines like all others.
    if (System.getProperty(LOG_FORMAT) == null) {
      System.setProperty(LOG_FORMAT, "loupe: %5$s%6$s%n");
    }
    LauncherWatch.start(System.getProperty("loupe.launcher", ""));
    System.exit(run(StandardStreams.ofThisProcess(), arguments));
  }

  /** Runs a command and returns its exit code ({@link ExitCodes}); never throws. */
  static int run(StandardStreams streams, String... arguments) {
    LoupeCommand loupe = new LoupeCommand(streams);
    ErrorReporter errors = new ErrorReporter(streams.err(), () -> loupe.debug);
    try {
      CommandLine commandLine =
          withCommands(new CommandLine(loupe), arguments)
              .setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8))
              .setErr(new PrintWriter(streams.err(), true))
              .setCaseInsensitiveEnumValuesAllowed(true)
              .setParameterExceptionHandler(errors)
              .setExecutionExceptionHandler(errors)
              .setExecutionStrategy(parsed -> runLast(parsed, errors));
      int exit = commandLine.execute(arguments);
      streams.out().flush();
      return exit;
    } catch (Exception | Error e) {
      return errors.report(e);
    }
  }

  /**
   * Adds the command that the first argument names, or all commands if it names none. One command
   * starts faster than all.
   */
  private static CommandLine withCommands(CommandLine loupe, String... arguments) {
    List<Class<?>> named =
        COMMANDS.stream()
            .filter(command -> arguments.length > 0 && name(command).equals(arguments[0]))
            .toList();
    (named.isEmpty() ? COMMANDS : named).forEach(loupe::addSubcommand);
    return loupe;
  }

  private static String name(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }

  /**
   * If the reader of a help text ends early, picocli prints a stack trace, unless the exception is
   * caught here.
   */
  private static int runLast(CommandLine.ParseResult parsed, ErrorReporter errors) {
    try {
      FileArguments.requireNames(parsed);
      return new CommandLine.RunLast().execute(parsed);
    } catch (FailedOutputException e) {
      return errors.report(e);
    }
  }

  /** Where commands read and write. */
  @Override
  public StandardStreams streams() {
    return streams;
  }

  /** Refuses a command line without a command. */
  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "no command given");
  }
}
