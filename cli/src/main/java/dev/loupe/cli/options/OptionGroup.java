package dev.loupe.cli.options;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options that several commands have. */
public abstract class OptionGroup {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** What is wrong with the command line. */
  public final ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
