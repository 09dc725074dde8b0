package dev.loupe.cli.command;

import dev.loupe.cli.terminal.StandardStreams;
import java.io.PrintStream;
import java.util.concurrent.Callable;
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

  /** What is wrong with the command line. */
  protected final ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
