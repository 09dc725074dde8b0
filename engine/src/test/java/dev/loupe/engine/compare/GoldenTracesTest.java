package dev.loupe.engine.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.ReferenceRuns;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PyTorch's traces of 34 prompts against Loupe's: rounding explains every stage. */
class GoldenTracesTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "F32, EAGER",
    "F32, SDPA",
    "BF16, EAGER",
    "BF16, SDPA",
    "F16, EAGER",
    "F16, SDPA",
  })
  void everyStageOfEveryPromptIsWithinRounding(DType dtype, AttentionKind attention)
      throws IOException {
    NumericsProfile profile = NumericsProfile.of(dtype, attention);
    ReferenceRuns goldens = new ReferenceRuns("captioner");
    try (Qwen2Vl model =
        Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults().noCache().profile(profile))) {
      for (ReferenceRuns.Case c : goldens.cases()) {
        Path golden =
            PlantedTrace.golden("%s.%s.%s".formatted(c.name(), profile.computeName(), attention));
        TraceComparison found = TraceComparison.of(golden, trace(model, c));

        assertThat(found.cause()).as(c.name()).isEmpty();
        assertThat(found.dtype()).isEqualTo(dtype);
        assertThat(found.stages()).hasSizeGreaterThan(8);
      }
    }
  }

  private Path trace(Qwen2Vl model, ReferenceRuns.Case c) throws IOException {
    Path file = folder.resolve(c.name() + ".safetensors");
    try (TraceRecorder stages = new TraceRecorder()) {
      model.trace(c.prompt(), GenerationOptions.greedy(), stages);
      SafetensorsWriter.write(
          file, stages.stages(), Map.of("dtype", model.profile().computeName()));
    }
    return file;
  }
}
