package dev.loupe.cli.command;

import dev.loupe.cli.terminal.StandardStreams;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** A command of {@code loupe}. */
public abstract class SubCommand extends HelpLayout implements Callable<Integer> {

  @ParentCommand private RootCommand loupe;

  @Spec private CommandSpec command;

  /** Where the command reads and writes. */
  protected final StandardStreams streams() {
    return loupe.streams();
  }

  /** Where results go. */
  protected final PrintStream out() {
    return streams().out();
  }

  /** Where progress and messages go. */
  protected final PrintStream err() {
    return streams().err();
  }

  /** The whole command line as a POSIX shell takes it, to be repeated. */
  protected final String typed() {
    return command.root().commandLine().getParseResult().originalArgs().stream()
        .map(SubCommand::quoted)
        .collect(Collectors.joining(" ", "loupe ", ""));
  }

  private static String quoted(String word) {
    return word.matches("[\\w./:=,@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** The versions of {@code loupe} and of what runs it. */
  protected final List<String> versions() {
    return List.of(command.root().version());
  }

  /** What is wrong with the command line. */
  protected final ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
