package dev.loupe.cli.command;

import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The files and folders of a command line, which are those arguments whose type is {@link Path}.
 */
public final class FileArguments {

  private FileArguments() {}

  /**
   * Refuses an empty name, as an unset variable of a shell gives it, which would be the current
   * folder; and {@code -}, which people write for a standard stream. Options that take one for it
   * are texts.
   *
   * @throws ParameterException if there is one
   */
  public static void requireNames(ParseResult parsed) {
    ParseResult command = parsed;
    while (command != null) {
      CommandLine line = command.commandSpec().commandLine();
      command.matchedArgs().stream()
          .filter(FileArguments::isFile)
          .forEach(argument -> requireNames(argument, line));
      command = command.subcommand();
    }
  }

  private static boolean isFile(ArgSpec argument) {
    return argument.type() == Path.class
        || Arrays.asList(argument.auxiliaryTypes()).contains(Path.class);
  }

  private static void requireNames(ArgSpec argument, CommandLine command) {
    String label = argument instanceof OptionSpec option ? option.longestName() + ": " : "";
    for (String name : argument.stringValues()) {
      if (name.isEmpty()) {
        throw new ParameterException(
            command, label + "expected a file or folder, found an empty name");
      }
      if (name.equals("-")) {
        throw new ParameterException(
            command, label + "expected a file or folder, found -; ./- names one that is called so");
      }
    }
  }
}
