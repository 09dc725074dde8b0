package dev.loupe.cli.trace;

import dev.loupe.cli.inspect.ValueRange;
import dev.loupe.cli.terminal.TextTable;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Writes each stage of a forward pass to a file and keeps a line about it. */
final class TraceRecording implements NumericsTrace {

  private final SafetensorsWriter file;
  private final TextTable table =
      new TextTable("stage", "shape", "min", "max", "mean |x|", "inf, nan");

  TraceRecording(SafetensorsWriter file) {
    this.file = file;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if the disk does not take it
   */
  @Override
  public void stage(String name, Tensor value) {
    try {
      file.add(name, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ValueRange statistics = ValueRange.of(value);
    table.row(
        name,
        value.shape().toString(),
        TextTable.number(statistics.min()),
        TextTable.number(statistics.max()),
        TextTable.number(statistics.meanMagnitude()),
        Long.toString(statistics.nonFinite()));
  }

  /** A table of the stages so far. */
  List<String> lines() {
    return table.lines();
  }
}
