package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.testkit.TestFiles;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first layers of a model, which stand for all of them while it is made warm. */
class FirstLayersTest {
  private static final String ENCODED = "dev.loupe.PictureEncode";

  @TempDir Path folder;

  private static LoadedModel loaded;
  private static RequestQueue whole;
  private static RequestQueue firstLayers;

  @BeforeAll
  static void load() throws IOException {
    LoadOptions options = LoadOptions.defaults().noCache();
    loaded = ModelLoader.load(BuiltInModel.files(), options);
    ConfiguredModel model = new ConfiguredModel(loaded, options.profile());
    whole = new RequestQueue(model, new RequestLock());
    firstLayers = new RequestQueue(model.firstLayers(), whole.lock());
  }

  @AfterAll
  static void close() {
    loaded.close();
  }

  @Test
  void oneLayerOfTheDecoderRunsWithTheBitsThatItHasInTheWholeModel() {
    assertSameUpTo("layers.0", "layers.", Prompt.of("What is it?"));
  }

  @Test
  void oneBlockOfTheTowerRunsWithTheBitsThatItHasInTheWholeModel() throws IOException {
    Prompt picture = Prompt.create().image(TestFiles.scene("scene-001")).text("What is it?");
    assertSameUpTo("visual.blocks.0", "visual.blocks.", picture);
  }

  @Test
  void aModelWhoseTowerHasNoBlocksIsMadeWarm() throws IOException {
    String config =
        ChangedModel.text("config.json").replaceFirst("\"depth\": \\d+", "\"depth\": 0");
    assertThat(config).contains("\"depth\": 0");

    try (Qwen2Vl model = load(new ChangedModel().with("config.json", config))) {
      model.warmUp(1);

      assertThat(model.generate(Prompt.of("?"), GenerationOptions.greedy()).tokens()).isNotEmpty();
    }
  }

  @Test
  void picturesOfTheWarmUpStaySmallInAModelThatEnlargesThem() throws IOException {
    String pictures =
        ChangedModel.text("preprocessor_config.json")
            .replaceFirst("\"min_pixels\": \\d+", "\"min_pixels\": 1000000")
            .replaceFirst("\"max_pixels\": \\d+", "\"max_pixels\": 2000000");
    assertThat(pictures).contains("\"min_pixels\": 1000000", "\"max_pixels\": 2000000");
    List<Long> tokens = new ArrayList<>();

    try (Recording recording = new Recording();
        Qwen2Vl model = load(new ChangedModel().with("preprocessor_config.json", pictures))) {
      recording.enable(ENCODED);
      recording.start();
      model.warmUp(1);
      recording.stop();
      for (RecordedEvent event : events(recording)) {
        tokens.add(event.getLong("tokens"));
      }
    }

    assertThat(tokens).isNotEmpty().allMatch(count -> count <= 36);
  }

  private static Qwen2Vl load(ModelFiles files) throws IOException {
    return Qwen2Vl.load(files, LoadOptions.defaults().noCache());
  }

  private List<RecordedEvent> events(Recording recording) throws IOException {
    Path file = folder.resolve("warm-up.jfr");
    recording.dump(file);
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals(ENCODED))
        .toList();
  }

  private static void assertSameUpTo(String first, String each, Prompt prompt) {
    try (TraceRecorder all = new TraceRecorder();
        TraceRecorder shallow = new TraceRecorder()) {
      whole.trace(prompt, GenerationOptions.greedy(), all);
      firstLayers.trace(prompt, GenerationOptions.greedy(), shallow);

      assertThat(names(all, each)).hasSizeGreaterThan(1);
      assertThat(names(shallow, each)).containsExactly(first);
      assertThat(numbers(shallow, first)).isEqualTo(numbers(all, first));
      assertThat(shallow.stages()).containsKeys("norm", "logits");
    }
  }

  private static List<String> names(TraceRecorder trace, String start) {
    return trace.stages().keySet().stream().filter(name -> name.startsWith(start)).toList();
  }

  private static float[] numbers(TraceRecorder trace, String stage) {
    return trace.stages().get(stage).segment().toArray(ValueLayout.JAVA_FLOAT);
  }
}
