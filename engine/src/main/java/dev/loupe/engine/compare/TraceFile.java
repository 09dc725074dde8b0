package dev.loupe.engine.compare;

import dev.loupe.engine.compare.TraceStage.Kind;
import dev.loupe.io.Printable;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A trace in a file: its stages in the order of the run. */
final class TraceFile implements AutoCloseable {
  private final String label;
  private final SafetensorsFile file;
  private final SortedMap<TraceStage, Tensor> stages = new TreeMap<>();
  private final List<String> others = new ArrayList<>();

  /** Opens a file and checks that it is a trace. Closes the file if it is not. */
  static TraceFile open(String label, Path path) throws IOException {
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      return new TraceFile(label, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private TraceFile(String label, SafetensorsFile file) throws IOException {
    this.label = label;
    this.file = file;
    for (String name : file.entries().keySet()) {
      Optional<TraceStage> stage = TraceStage.named(name);
      if (stage.isPresent()) {
        stages.put(stage.get(), checked(stage.get(), name));
      } else {
        others.add(name);
      }
    }
    if (stages.keySet().stream().noneMatch(s -> !s.kind().input())) {
      throw new IOException(
          ("%s: expected a trace, with stages such as inputs_embeds and layers.0, found %s; "
                  + "`trace --out` writes one, and so does the script of `trace --script`")
              .formatted(
                  file.name(),
                  others.isEmpty()
                      ? stages.size() + " inputs and no stage"
                      : "%d other tensors, such as %s"
                          .formatted(others.size(), Printable.escape(others.getFirst()))));
    }
  }

  private Tensor checked(TraceStage stage, String name) throws IOException {
    Tensor tensor = file.tensor(name);
    boolean known =
        stage.kind().integers()
            ? tensor.dtype() == DType.I64 || tensor.dtype() == DType.I32
            : isFloat(tensor.dtype());
    if (!known || tensor.shape().rank() == 0) {
      throw new IOException(
          "%s: expected %s, found %s %s in %s"
              .formatted(
                  name,
                  stage.kind().integers() ? "rows of I64 or I32" : "rows of F32, BF16 or F16",
                  tensor.dtype(),
                  tensor.shape(),
                  file.name()));
    }
    return tensor;
  }

  private static boolean isFloat(DType dtype) {
    return dtype == DType.F32 || dtype == DType.BF16 || dtype == DType.F16;
  }

  /** {@code A} or {@code B}. */
  String label() {
    return label;
  }

  /** The file's name. */
  String name() {
    return file.name();
  }

  /** All stages in the order of the run. */
  SortedMap<TraceStage, Tensor> stages() {
    return stages;
  }

  /** Tensors that are no stage. */
  List<String> others() {
    return others;
  }

  /** The tensor of a stage; empty if this trace lacks it. */
  Optional<Tensor> tensor(Kind kind) {
    return Optional.ofNullable(stages.get(TraceStage.of(kind, 0)));
  }

  /** Whether it has a stage. */
  boolean has(TraceStage stage) {
    return stages.containsKey(stage);
  }

  /** How many stages of a kind there are. */
  long count(Kind kind) {
    return stages.keySet().stream().filter(s -> s.kind() == kind).count();
  }

  /**
   * The type that it was computed in. Loupe stores the numbers of 16-bit runs widened to float32
   * and says their type beside them; that is believed if the first computed stage bears it out.
   */
  DType dtype() {
    Optional<Tensor> first =
        stages.entrySet().stream()
            .filter(s -> !s.getKey().kind().input() && !s.getKey().kind().integers())
            .map(Map.Entry::getValue)
            .findFirst();
    DType stored = first.map(Tensor::dtype).orElse(DType.F32);
    DType said =
        switch (metadata("dtype").orElse("")) {
          case "float16" -> DType.F16;
          case "bfloat16" -> DType.BF16;
          default -> stored;
        };
    return stored == DType.F32 && first.isPresent() && Values.fits(first.get(), said)
        ? said
        : stored;
  }

  /** What the file says, or what its stages show: only eager attention has scores to list. */
  String attention() {
    String said = file.metadata().get("attention");
    return said != null ? said : count(Kind.SCORES) > 0 ? "eager" : "sdpa";
  }

  /** A string of the file. */
  Optional<String> metadata(String key) {
    return Optional.ofNullable(file.metadata().get(key));
  }

  @Override
  public void close() {
    file.close();
  }
}
