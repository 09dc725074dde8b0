package dev.loupe.cli.command;

import dev.loupe.cli.terminal.FailedOutputException;
import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.io.Printable;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns an error into one clear line on standard error, and an exit code. */
public final class ErrorReporter implements IExecutionExceptionHandler, IParameterExceptionHandler {

  private final PrintStream err;
  private final BooleanSupplier debug;
  private boolean outputFailed;

  public ErrorReporter(PrintStream err, BooleanSupplier debug) {
    this.err = err;
    this.debug = debug;
  }

  /** A command failed. */
  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    return e instanceof ParameterException usage
        ? handleParseException(usage, new String[0])
        : report(e);
  }

  /** The command line is wrong: prints the mistake, similar options, and where the help is. */
  @Override
  public int handleParseException(ParameterException e, String[] arguments) {
    err.println("loupe: " + Printable.escape(decapitalized(e.getMessage())));
    if (e instanceof UnmatchedArgumentException unmatched) {
      List<String> suggestions = unmatched.getSuggestions();
      if (!suggestions.isEmpty()) {
        err.println("Did you mean " + String.join(" or ", suggestions) + "?");
      }
    }
    err.println(
        "Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help' for more.");
    trace(e);
    return ExitCodes.USAGE;
  }

  /** Reports any other failure and returns the exit code for it. */
  public int report(Throwable e) {
    if (e instanceof FailedOutputException output) {
      if (output.readerGone()) {
        return ExitCodes.READER_GONE;
      }
      if (outputFailed) {
        return ExitCodes.FAILED; // What was not written is tried once more at the end.
      }
      outputFailed = true;
    }
    err.println("loupe: " + Printable.escape(text(e)));
    trace(e);
    return ExitCodes.FAILED;
  }

  /** The text of an error. Names in it are not escaped yet. Lists of failed pictures use it too. */
  public static String text(Throwable e) {
    return switch (e) {
      case NoSuchFileException file -> file.getFile() + ": no such file or folder";
      case AccessDeniedException file -> file.getFile() + ": permission denied";
      case FileAlreadyExistsException file -> file.getFile() + ": exists already";
      case NotDirectoryException file -> file.getFile() + ": not a folder";
      case DirectoryNotEmptyException file -> file.getFile() + ": the folder is not empty";
      case FileSystemException file -> message(file);
      case UncheckedIOException io when !(io instanceof FailedOutputException) ->
          text(io.getCause());
      case IOException io -> message(io);
      case IllegalArgumentException bad -> message(bad);
      case IllegalStateException state -> message(state);
      case UnsupportedOperationException unsupported -> message(unsupported);
      case InvalidDistributionException invalid -> invalid.getMessage() + ". " + invalid.remedy();
      case FailedOutputException output -> message(output);
      case OutOfMemoryError memory ->
          "out of memory (%s); give Java more with LOUPE_JAVA_OPTS=-Xmx8g, or shrink the pictures"
              .formatted(memory.getMessage());
      case StackOverflowError _ -> "nested too deeply for this program";
      case InternalError fault when message(fault).contains("fault occurred") ->
          "a file of the model was changed or cut while it was in use; put new files in place by "
              + "renaming them, and start again";
      default -> "internal error, please report it with the output of --debug: " + e;
    };
  }

  private static String message(Throwable e) {
    return e.getMessage() == null || e.getMessage().isBlank() ? e.toString() : e.getMessage();
  }

  private static String decapitalized(String text) {
    return text.isEmpty() ? text : Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }

  /** A line of a stack trace; only its first character may be a tab. */
  private static String shown(String line) {
    boolean indented = line.startsWith("\t");
    return (indented ? "\t" : "") + Printable.escape(indented ? line.substring(1) : line);
  }

  private void trace(Throwable e) {
    if (debug.getAsBoolean()) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      trace.toString().lines().forEach(line -> err.println(shown(line)));
    }
  }
}
