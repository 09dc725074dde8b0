package dev.loupe.cli.trace;

import dev.loupe.cli.terminal.TextTable;
import dev.loupe.engine.inspect.ValueRange;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.NonFiniteScores;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.List;

/** Writes each stage of a forward pass to a file and keeps a line about it. */
final class TraceRecording implements NumericsTrace {

  private final SafetensorsWriter file;
  private final Runnable written;
  private final TextTable table =
      new TextTable("stage", "shape", "min", "max", "mean |x|", "inf, nan");

  /**
   * A recording.
   *
   * @param written runs after each stage
   */
  TraceRecording(SafetensorsWriter file, Runnable written) {
    this.file = file;
    this.written = written;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if the disk does not take it
   */
  @Override
  public void stage(StageId stage, Tensor value) {
    try {
      file.add(stage.name(), value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ValueRange statistics = ValueRange.of(value);
    table.row(
        stage.name(),
        value.shape().toString(),
        TextTable.number(statistics.min()),
        TextTable.number(statistics.max()),
        TextTable.number(statistics.meanMagnitude()),
        Long.toString(statistics.nonFinite()));
    written.run();
  }

  @Override
  public void nonFinite(NonFiniteScores scores) {
    try (Arena arena = Arena.ofConfined()) {
      stage(scores.stage(), scores.toTensor(arena));
    }
  }

  /** A table of the stages so far. */
  List<String> lines() {
    return table.lines();
  }
}
