package dev.loupe.cli;

import dev.loupe.cli.terminal.StandardStreams;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A command that was run, and what it printed, line breaks as {@code \n}. */
public record CommandLineRun(int exit, String out, String err) {

  /** Runs a command with nothing on standard input. */
  public static CommandLineRun of(Object... arguments) {
    return withInput(new byte[0], arguments);
  }

  public static CommandLineRun withInput(byte[] input, Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    int exit =
        LoupeCommand.run(
            StandardStreams.of(new ByteArrayInputStream(input), out, errors),
            Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    return new CommandLineRun(exit, text(out), text(err));
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  public List<String> lines() {
    return out.lines().toList();
  }

  /** The error without the frame of {@code loupe: } and the line break. */
  public String error() {
    return err.replaceFirst("^loupe: ", "").stripTrailing();
  }
}
