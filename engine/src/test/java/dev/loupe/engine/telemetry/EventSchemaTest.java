package dev.loupe.engine.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.ChatSession;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.NonFiniteLogitsException;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The names and fields of the events, which readers of recordings rely on, and their values. */
class EventSchemaTest {
  private static final Path PICTURE = TestFiles.scene("scene-001");

  @TempDir Path folder;

  private static Map<String, String> schema(Stream<Class<? extends Event>> events) {
    return events
        .map(EventType::getEventType)
        .collect(Collectors.toMap(EventType::getName, EventSchemaTest::fields));
  }

  /** Without those that every event has. */
  private static String fields(EventType type) {
    return type.getFields().stream()
        .filter(f ->
            !List.of("startTime", "duration", "eventThread", "stackTrace").contains(f.getName()))
        .map(EventSchemaTest::field)
        .collect(Collectors.joining(", "));
  }

  private static String field(ValueDescriptor field) {
    return field.getTypeName().replace("java.lang.", "") + " " + field.getName();
  }

  @Test
  void namesAndFieldsAreAContract() {
    assertThat(
            schema(
                Stream.of(
                    LoadEvent.class,
                    PictureDecodeEvent.class,
                    PictureResizeEvent.class,
                    PictureEncodeEvent.class,
                    PrefillEvent.class,
                    DecodeEvent.class,
                    NonFiniteEvent.class,
                    TokenEvent.class)))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "dev.loupe.Load",
                "String model, String compute, String backend, long weightBytes",
                "dev.loupe.PictureDecode",
                "int width, int height",
                "dev.loupe.PictureResize",
                "int pictures, long patches",
                "dev.loupe.PictureEncode",
                "int pictures, long patches, long tokens",
                "dev.loupe.Prefill",
                "int promptTokens, int cachedTokens, double tokensPerSecond",
                "dev.loupe.Decode",
                "int tokens, String finishReason, double tokensPerSecond",
                "dev.loupe.NonFinite",
                "int token, int nonFinite, int scores, String profile",
                "dev.loupe.Token",
                "int step, int token, double sum, int zeros, int subnormals, int nonFinite, "
                    + "double entropy, float largestLogit, double marginSteps, "
                    + "float largestScore, String scorePlace, String warning"));
  }

  /** The events of Loupe while something runs, in the order of their ends. */
  private List<RecordedEvent> recorded(Work work, String... more) throws IOException {
    Path file = folder.resolve("recording.jfr");
    try (Recording recording = new Recording()) {
      Stream.of(more).forEach(recording::enable);
      recording.start();
      work.run();
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file).stream()
        .filter(e -> e.getEventType().getName().startsWith("dev.loupe."))
        .sorted(java.util.Comparator.comparing(RecordedEvent::getEndTime))
        .toList();
  }

  private interface Work {
    void run() throws IOException;
  }

  /** The others are on in every recording; that these are not is shown below. */
  @Test
  void tokensAreRecordedWhereTheyAreAskedFor() throws IOException {
    List<Generation> answers = new java.util.ArrayList<>();
    List<RecordedEvent> tokens =
        recorded(
                () -> {
                  try (Qwen2Vl model = Qwen2Vl.loadBuiltIn()) {
                    Prompt prompt = Prompt.create().image(PICTURE).text("Describe this image.");
                    answers.add(model.generate(prompt, GenerationOptions.greedy().maxNewTokens(4)));
                  }
                },
                "dev.loupe.Token")
            .stream()
            .filter(e -> e.getEventType().getName().equals("dev.loupe.Token"))
            .toList();

    assertThat(tokens.stream().map(e -> e.getInt("token"))).isEqualTo(answers.getFirst().tokens());
    assertThat(tokens.getLast().getInt("step")).isEqualTo(3);
    assertThat(tokens.getLast().getDouble("sum")).isBetween(0.9999, 1.0001);
    assertThat(tokens.getLast().getFloat("largestScore")).isEqualTo(-1);
  }

  @Test
  void aConversationIsRecorded() throws IOException {
    List<Generation> answers = new java.util.ArrayList<>();
    List<RecordedEvent> events =
        recorded(() -> {
          try (Qwen2Vl model = Qwen2Vl.loadBuiltIn();
              ChatSession chat = model.newChat(GenerationOptions.greedy().maxNewTokens(8))) {
            answers.add(chat.send(Prompt.create().image(PICTURE).text("Describe this image.")));
            answers.add(chat.send(Prompt.of("What color is the ring?")));
          }
        });
    assertThat(events.stream().map(e -> e.getEventType().getName()))
        .containsExactly(
            "dev.loupe.Load",
            "dev.loupe.PictureDecode",
            "dev.loupe.PictureResize",
            "dev.loupe.PictureEncode",
            "dev.loupe.Prefill",
            "dev.loupe.Decode",
            "dev.loupe.Prefill",
            "dev.loupe.Decode");
    assertThat(events.get(0).getString("model")).isEqualTo("captioner");
    assertThat(events.get(0).getLong("weightBytes")).isPositive();
    assertThat(events.get(1).getInt("width")).isEqualTo(112);
    assertThat(events.get(2).getLong("patches")).isEqualTo(64);
    assertThat(events.get(3).getLong("tokens")).isEqualTo(16);
    for (int i = 0; i < 2; i++) {
      RecordedEvent prefill = events.get(4 + 2 * i);
      RecordedEvent decode = events.get(5 + 2 * i);
      assertThat(prefill.getInt("promptTokens")).isEqualTo(answers.get(i).promptTokens());
      assertThat(prefill.getInt("cachedTokens")).isEqualTo(answers.get(i).cachedTokens());
      assertThat(prefill.getDouble("tokensPerSecond")).isPositive();
      assertThat(decode.getInt("tokens")).isEqualTo(answers.get(i).tokens().size());
      assertThat(decode.getString("finishReason"))
          .isEqualTo(answers.get(i).finishReason().toString());
      assertThat(decode.getDouble("tokensPerSecond")).isPositive();
    }
  }

  @Test
  void nonFiniteScoresAreRecorded() throws IOException {
    NumericsProfile profile = NumericsProfile.of(DType.F16, AttentionKind.EAGER);
    List<RecordedEvent> events =
        recorded(() -> {
          try (Qwen2Vl model =
              Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults().profile(profile))) {
            assertThatThrownBy(() -> model.caption(Path.of("../samples/triangles.png")))
                .isInstanceOf(NonFiniteLogitsException.class);
          }
        });
    RecordedEvent last = events.getLast();
    assertThat(last.getEventType().getName()).isEqualTo("dev.loupe.NonFinite");
    assertThat(last.getInt("token")).isZero();
    assertThat(last.getInt("nonFinite")).isEqualTo(last.getInt("scores"));
    assertThat(last.getString("profile")).isEqualTo(profile.toString());
  }
}
