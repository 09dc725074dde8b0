package dev.loupe.engine.compare;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.testkit.TestFiles;
import dev.loupe.weights.safetensors.SafetensorsFile;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** A trace of PyTorch with a fault that somebody put into it. */
final class PlantedTrace {
  private final Map<String, Tensor> stages = new LinkedHashMap<>();
  private final Map<String, String> metadata;
  private final Arena arena = Arena.ofAuto();

  private PlantedTrace(Path file) throws IOException {
    try (SafetensorsFile golden = SafetensorsFile.open(file)) {
      metadata = golden.metadata();
      for (String name : golden.entries().keySet()) {
        Tensor tensor = golden.tensor(name);
        Tensor copy = Tensor.allocate(arena, tensor.dtype(), tensor.shape().toArray());
        copy.segment().copyFrom(tensor.segment());
        stages.put(name, copy);
      }
    }
  }

  /** Where a golden file is; the test is skipped where it is absent. */
  static Path golden(String name) {
    return TestFiles.file("goldens/captioner/" + name + ".safetensors");
  }

  /** A copy of a golden file. */
  static PlantedTrace of(String name) throws IOException {
    return new PlantedTrace(golden(name));
  }

  /** Changes a stage of float32. */
  PlantedTrace floats(String stage, Consumer<float[]> change) {
    Tensor tensor = stages.get(stage);
    float[] values = tensor.toFloats();
    change.accept(values);
    stages.put(stage, Tensor.ofFloats(arena, values, tensor.shape().toArray()));
    return this;
  }

  /** Sets the bits of one element of a 16-bit stage. */
  PlantedTrace bits(String stage, int index, int bits) {
    stages.get(stage).segment().setAtIndex(Tensor.HALF, index, (short) bits);
    return this;
  }

  /** The bits of one element of a 16-bit stage. */
  int bits(String stage, int index) {
    return stages.get(stage).segment().getAtIndex(Tensor.HALF, index) & 0xFFFF;
  }

  /** Changes a stage of int64. */
  PlantedTrace integers(String stage, Consumer<long[]> change) {
    Tensor tensor = stages.get(stage);
    long[] values = Values.integers(tensor);
    change.accept(values);
    stages.put(stage, Tensor.ofLongs(arena, values, tensor.shape().toArray()));
    return this;
  }

  /** Takes rows away from the end of a stage. */
  PlantedTrace shortened(String stage, int rows) {
    Tensor tensor = stages.get(stage);
    stages.put(stage, tensor.rows(0, tensor.rowCount() - rows));
    return this;
  }

  /** Takes stages away. */
  PlantedTrace without(String... names) {
    for (String name : names) {
      stages.remove(name);
    }
    return this;
  }

  /** Puts something else there. */
  PlantedTrace with(String name, DType dtype, long... shape) {
    stages.put(name, Tensor.allocate(arena, dtype, shape));
    return this;
  }

  /** Writes it. */
  Path to(Path file) throws IOException {
    SafetensorsWriter.write(file, stages, metadata);
    return file;
  }
}
