package dev.loupe.tensor.numerics;

import dev.loupe.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keeps a copy of every stage of a forward pass, in the form of a file, until it is closed. */
public final class TraceRecorder implements NumericsTrace, AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Map<String, Tensor> stages = new LinkedHashMap<>();

  /** An empty recorder. */
  public TraceRecorder() {}

  @Override
  public void stage(StageId stage, Tensor value) {
    Tensor copy = Tensor.allocate(arena, value.dtype(), value.shape().toArray());
    copy.segment().copyFrom(value.segment());
    stages.put(stage.name(), copy);
  }

  @Override
  public void nonFinite(NonFiniteScores scores) {
    stages.put(scores.stage().name(), scores.toTensor(arena));
  }

  /** The stages by name, in the order in which they ended. */
  public Map<String, Tensor> stages() {
    return Collections.unmodifiableMap(stages);
  }

  /** Frees the copies. */
  @Override
  public void close() {
    arena.close();
  }
}
