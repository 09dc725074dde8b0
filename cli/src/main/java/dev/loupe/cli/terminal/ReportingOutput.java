package dev.loupe.cli.terminal;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Makes a failed write an unchecked exception: a {@link java.io.PrintStream} would swallow a
 * checked one.
 */
final class ReportingOutput extends OutputStream {

  private final OutputStream target;

  ReportingOutput(OutputStream target) {
    this.target = target;
  }

  @Override
  public void write(int b) {
    try {
      target.write(b);
    } catch (IOException e) {
      throw new FailedOutputException(e);
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    try {
      target.write(bytes, offset, length);
    } catch (IOException e) {
      throw new FailedOutputException(e);
    }
  }

  @Override
  public void flush() {
    try {
      target.flush();
    } catch (IOException e) {
      throw new FailedOutputException(e);
    }
  }
}
