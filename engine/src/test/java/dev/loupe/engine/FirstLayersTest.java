package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.tensor.numerics.TraceRecorder;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The first layers of a model, which stand for all of them while it is made warm. */
class FirstLayersTest {
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
