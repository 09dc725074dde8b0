package dev.loupe.engine.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.compare.TraceComparison.Verdict;
import dev.loupe.io.Json;
import dev.loupe.io.JsonObject;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a comparison says, and what it refuses. */
class TraceComparisonTest {
  private static final String FLOAT32 = "scene-001.float32.eager";
  private static final String FLOAT16 = "scene-001.float16.eager";

  @TempDir Path folder;

  @Test
  void aTraceEqualsItself() throws IOException {
    TraceComparison found =
        TraceComparison.of(PlantedTrace.golden(FLOAT16), PlantedTrace.golden(FLOAT16));

    assertThat(found.verdict()).isEqualTo(Verdict.SAME);
    assertThat(found.stages()).hasSize(20).allMatch(s -> s.judgement() == Judgement.SAME);
    assertThat(ComparisonText.of(found))
        .startsWith("SAME: the two are equal in all 20 stages.\n")
        .contains("A  scene-001.float16.eager.safetensors: float16, eager, 43 tokens")
        .contains(
            "Both fail alike: in layers.1 6,880 of 6,880 elements are infinite or NaN in both.");
  }

  @Test
  void tracesOfTwoTypesAreComparedInTheCoarser() throws IOException {
    TraceComparison found =
        TraceComparison.of(PlantedTrace.golden(FLOAT32), PlantedTrace.golden(FLOAT16));

    assertThat(found.dtype()).isEqualTo(DType.F16);
    assertThat(found.first().orElseThrow().judgement()).isEqualTo(Judgement.TYPES);
    StageComparison cause = found.cause().orElseThrow();
    assertThat(cause.stage()).isEqualTo("attention.1.nonfinite");
    assertThat(cause.judgement()).isEqualTo(Judgement.OVERFLOW);
    assertThat(found.notes())
        .anyMatch(note -> note.startsWith("A is float32 and B is float16: numbers are rounded"));
  }

  @Test
  void programsReadTheSame() throws IOException {
    PlantedTrace planted = PlantedTrace.of(FLOAT32);
    planted.floats("layers.2", values -> values[5 * 160 + 7] = Float.NaN);
    TraceComparison found =
        TraceComparison.of(
            PlantedTrace.golden(FLOAT32), planted.to(folder.resolve("b.safetensors")));

    JsonObject json = Json.readLine(ComparisonJson.of(found));

    assertThat(json.requiredText("verdict")).isEqualTo("different");
    assertThat(json.requiredText("judgement")).isEqualTo("nan");
    assertThat(json.requiredText("stage")).isEqualTo("layers.2");
    assertThat(ComparisonJson.of(found))
        .contains("\"where\":{\"row\":5,\"element\":7,")
        .contains("\"first\":{\"row\":5,\"element\":7,", "\"b\":\"NaN\"}")
        .contains("\"judgement\":\"same\"");
  }

  @Test
  void twoModelsAreRefused() throws IOException {
    Path wider =
        PlantedTrace.of(FLOAT32)
            .with("logits", DType.F32, 43, 1000)
            .to(folder.resolve("wider.safetensors"));
    Path deeper =
        PlantedTrace.of(FLOAT32)
            .with("layers.4", DType.F32, 43, 160)
            .to(folder.resolve("deeper.safetensors"));

    assertThatThrownBy(() -> TraceComparison.of(PlantedTrace.golden(FLOAT32), wider))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "expected two traces of one model, found logits [43, 464] in "
                + "scene-001.float32.eager.safetensors and [43, 1000] in wider.safetensors");
    assertThatThrownBy(() -> TraceComparison.of(PlantedTrace.golden(FLOAT32), deeper))
        .hasMessage(
            "expected two traces of one model, found 4 layers in "
                + "scene-001.float32.eager.safetensors and 5 layers in deeper.safetensors");
  }

  @Test
  void whatIsNoTraceIsRefused() throws IOException {
    Path golden = PlantedTrace.golden(FLOAT32);
    Path text =
        Files.writeString(folder.resolve("a.txt"), "not at all a trace", StandardCharsets.UTF_8);
    Path wrong =
        PlantedTrace.of(FLOAT32)
            .with("layers.1", DType.I64, 43, 160)
            .to(folder.resolve("wrong.safetensors"));
    Path missing = folder.resolve("missing.safetensors");

    assertThatThrownBy(() -> TraceComparison.of(golden, text))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no safetensors file");
    assertThatThrownBy(() -> TraceComparison.of(missing, golden))
        .hasMessage(missing + ": expected a safetensors file, found nothing of this name");
    assertThatThrownBy(() -> TraceComparison.of(golden, wrong))
        .hasMessage(
            "layers.1: expected rows of F32, BF16 or F16, found I64 [43, 160] in wrong.safetensors");
  }
}
