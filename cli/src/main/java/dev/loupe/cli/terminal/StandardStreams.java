package dev.loupe.cli.terminal;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The three streams of a command.
 *
 * @param in the input that is piped in
 * @param out results and nothing else, always in UTF-8; a failed write is a {@link
 *     FailedOutputException}
 * @param err progress, warnings and errors, in the terminal's encoding
 */
public record StandardStreams(InputStream in, PrintStream out, PrintStream err) {

  /** The streams of this process. */
  public static StandardStreams ofThisProcess() {
    OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
    return of(System.in, out, System.err);
  }

  public static StandardStreams of(InputStream in, OutputStream out, PrintStream err) {
    // Flushed at each line, so that a waiting person or program sees each result without delay.
    return new StandardStreams(
        in, new PrintStream(new ReportingOutput(out), true, StandardCharsets.UTF_8), err);
  }
}
