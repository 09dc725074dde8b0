package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.io.Json;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScorePeak;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.TensorStatistics;
import dev.loupe.testkit.TestFiles;
import dev.loupe.weights.ModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a monitor reads, against what an observer of everything sees; and that it changes nothing.
 */
class TokenMonitorTest {
  /** Later tokens of these prompts fail. */
  private static final GenerationOptions OPTIONS = GenerationOptions.greedy().maxNewTokens(3);

  /** Hears of no score, whoever runs beside it. */
  private static final AnswerWatch WANTS_NO_PEAKS =
      new AnswerWatch() {
        @Override
        public void logits(Tensor logits, Workspace w) {}

        @Override
        public void peak(ScorePeak peak) {
          throw new AssertionError(peak);
        }
      };

  private static Qwen2Vl model;

  @TempDir Path folder;

  @BeforeAll
  static void load() throws IOException {
    ModelDirectory files =
        ModelDirectory.of(TestFiles.file("checkpoints/borderline/config.json").getParent());
    model =
        Qwen2Vl.load(
            files, LoadOptions.defaults().noCache().profile(NumericsProfile.FLOAT16_EAGER));
  }

  @AfterAll
  static void close() {
    if (model != null) {
      model.close();
    }
  }

  private static Prompt prompt(String name) throws IOException {
    return new ReferenceRuns("borderline")
        .cases().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow().prompt();
  }

  private static List<TokenReading> readings(Qwen2Vl of, Prompt prompt) {
    List<TokenReading> all = new ArrayList<>();
    of.generate(prompt, OPTIONS, TokenListener.NONE.watchedBy(new TokenMonitor(all::add)));
    return all;
  }

  /** Sees everything, and keeps the largest score of all layers and the largest logits. */
  private static final class Everything implements NumericsTrace {
    private float score = -1;
    private OperationId where;
    private final List<Float> largestLogits = new ArrayList<>();
    private final List<Float> largestScores = new ArrayList<>();

    @Override
    public boolean wantsOperations() {
      return true;
    }

    @Override
    public void operation(OperationId operation, TensorStatistics statistics) {
      if (operation.step() == Step.SCORES && statistics.largest() > score) {
        score = statistics.largest();
        where = operation;
      }
    }

    @Override
    public void stage(StageId stage, Tensor value) {
      if (stage.equals(StageId.LOGITS)) {
        float largest = Float.NEGATIVE_INFINITY;
        for (long i = 0; i < value.shape().elements(); i++) {
          largest = Math.max(largest, value.segment().get(Tensor.FLOAT, 4 * i));
        }
        largestLogits.add(largest);
        largestScores.add(score);
      }
    }
  }

  @Test
  void readingsAreThoseOfAnObserverOfEverything() throws IOException {
    Everything seen = new Everything();
    Prompt prompt = prompt("scene-001");
    Generation answer = model.generate(prompt, OPTIONS, TokenListener.NONE, seen);

    List<TokenReading> readings = readings(model, prompt);

    assertThat(readings.stream().map(each -> each.token().getAsInt())).isEqualTo(answer.tokens());
    assertThat(readings).extracting(TokenReading::step).startsWith(0, 1, 2).doesNotHaveDuplicates();
    assertThat(readings.stream().map(each -> each.distribution().largest()))
        .isEqualTo(seen.largestLogits);
    assertThat(readings.stream().map(each -> each.peak().orElseThrow().value()))
        .isEqualTo(seen.largestScores);
    assertThat(readings.getLast().peak().orElseThrow().attention()).isEqualTo(seen.where.module());
    assertThat(readings)
        .allSatisfy(each -> assertThat(each.distribution().sum()).isCloseTo(1, within(1e-5)));
  }

  /** Its nearest score lies within 0.02 of overflow, and the answer is right. */
  @Test
  void aScoreNearTheLimitIsSaidBeforeAnythingFails() throws IOException {
    List<TokenReading> readings = readings(model, prompt("scene-000"));

    TokenReading first = readings.getFirst();
    assertThat(first.warning().orElseThrow())
        .matches(
            "model\\.layers\\.\\d\\.self_attn, head \\d, query \\d+: a score of 655(19|20)\\.\\d\\d"
                + " is close to 65520, where float16 overflows");
    assertThat(first.peak().orElseThrow().margin()).isBetween(0f, 1e-5f);
    assertThat(first.token()).isPresent();
    assertThat(readings.subList(1, readings.size()))
        .allSatisfy(each -> assertThat(each.warning()).as("said once").isEmpty());
  }

  @Test
  void anOverflowIsSaidWithItsPlaceWhereTheAnswerFails() throws IOException {
    List<TokenReading> readings = new ArrayList<>();
    TokenListener watched = TokenListener.NONE.watchedBy(new TokenMonitor(readings::add));
    Prompt prompt = prompt("scene-004");

    assertThatThrownBy(() -> model.generate(prompt, OPTIONS, watched))
        .isInstanceOf(NonFiniteLogitsException.class);

    assertThat(readings).hasSize(1);
    TokenReading only = readings.getFirst();
    assertThat(only.token()).isEmpty();
    assertThat(only.distribution().nonFinite()).isEqualTo(only.distribution().logits());
    assertThat(only.warning().orElseThrow()).contains("self_attn, head ");
    assertThat(only.peak().orElseThrow().margin()).isLessThanOrEqualTo(0);
  }

  @Test
  void theThresholdIsTheCallers() throws IOException {
    List<TokenReading> none = new ArrayList<>();
    model.generate(
        prompt("scene-000"), OPTIONS, TokenListener.NONE.watchedBy(new TokenMonitor(0, none::add)));
    assertThat(none).allSatisfy(each -> assertThat(each.warning()).isEmpty());
    assertThatThrownBy(() -> new TokenMonitor(2, none::add))
        .hasMessage("margin: expected 0 to 1, found 2.0");
  }

  @Test
  void aBatchHasTheReadingsOfEachAlone() throws IOException {
    List<String> names = List.of("scene-000", "scene-001", "scene-003");
    Map<String, List<TokenReading>> together = new HashMap<>();
    List<BatchRequest<String>> requests = new ArrayList<>();
    for (String name : names) {
      List<TokenReading> mine = new ArrayList<>();
      together.put(name, mine);
      Prompt prompt = prompt(name);
      TokenListener watched =
          name.equals("scene-003")
              ? TokenListener.NONE.watchedBy(WANTS_NO_PEAKS)
              : TokenListener.NONE.watchedBy(new TokenMonitor(mine::add));
      requests.add(new BatchRequest<>(name, () -> prompt, OPTIONS, watched));
    }
    Map<String, Generation> answers = new HashMap<>();
    model.generateAll(
        3,
        requests.iterator(),
        new BatchListener<>() {
          @Override
          public void completed(String key, Generation answer) {
            answers.put(key, answer);
          }

          @Override
          public void failed(String key, Exception reason) {
            throw new AssertionError(reason);
          }
        });

    for (String name : names.subList(0, 2)) {
      assertThat(together.get(name)).as(name).isEqualTo(readings(model, prompt(name)));
    }
    assertThat(together.get("scene-003")).isEmpty();
    for (String name : names) {
      assertThat(answers.get(name).tokens())
          .isEqualTo(model.generate(prompt(name), OPTIONS).tokens());
    }
  }

  @Test
  void aMonitorChangesNoBitOfAnAnswer() throws IOException {
    Receipts receipts = new Receipts("m", model.profile());
    Prompt prompt = prompt("scene-001");
    ReceiptWatch watch = receipts.watch(Asked.of(prompt), OPTIONS);
    TokenListener both = TokenListener.NONE.watchedBy(new TokenMonitor(_ -> {})).watchedBy(watch);

    Generation watched = watch.receipted(model.generate(prompt, OPTIONS, both));

    assertThat(watched.receipt()).isEqualTo(receipts.answer(model, prompt, OPTIONS).receipt());
  }

  @Test
  void theOverflowIsKeptAndNotTheNanThatItMakes() {
    ModuleId attention = ModuleId.of(Part.DECODER, "a");
    ScorePeak small = new ScorePeak(attention, 0, 0, 65519);
    ScorePeak overflow = new ScorePeak(attention, 0, 0, 65520);
    ScorePeak nan = new ScorePeak(attention, 0, 0, Float.NaN);
    assertThat(overflow.above(small) && nan.above(small) && overflow.above(nan)).isTrue();
    assertThat(nan.above(overflow) || nan.above(nan) || small.above(nan)).isFalse();
  }

  @Test
  void otherArithmeticHasNoScoreThatCouldOverflow() throws IOException {
    try (Qwen2Vl float32 = Qwen2Vl.loadBuiltIn()) {
      List<TokenReading> readings = readings(float32, prompt("scene-001"));
      assertThat(readings).isNotEmpty();
      assertThat(readings).allSatisfy(each -> assertThat(each.peak()).isEmpty());
    }
  }

  @Test
  void aFileHasALineForEachTokenAndGoesOnWithItself() throws IOException {
    Path file = folder.resolve("monitor.jsonl");
    List<String> notices = new ArrayList<>();
    Files.writeString(file, "{\"torn\":");
    int tokens = 0;
    for (String name : List.of("scene-000", "scene-001")) {
      try (MonitorFile monitor = MonitorFile.open(file, "m", model.profile(), notices::add)) {
        TokenListener watched = TokenListener.NONE.watchedBy(monitor.watch(name));
        tokens += model.generate(prompt(name), OPTIONS, watched).tokens().size();
      }
    }

    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(1 + 2 + tokens);
    assertThat(lines.get(1))
        .isEqualTo("{\"monitor\":1,\"model\":\"m\",\"profile\":\"float16 eager\"}");
    Map<String, Object> first = Json.readLine(lines.get(2)).values();
    assertThat(first)
        .containsEntry("request", "scene-000")
        .containsEntry("step", 0)
        .containsEntry("zeros", 0)
        .containsEntry("non_finite", 0)
        .containsKeys("entropy", "margin_steps", "largest_logit", "largest_score", "score_margin")
        .containsKeys("score_attention", "score_head", "score_query", "subnormals", "sum");
    assertThat(notices).hasSizeBetween(1, 2);
    assertThat(notices.getFirst()).isEqualTo("scene-000: " + first.get("warning"));
  }

  @Test
  void aFileThatCannotBeWrittenIsSaidAtTheStart() throws IOException {
    assertRefused(folder, "expected a monitor file that can be written, found none (");
    Path picture = folder.resolve("a.png");
    Files.copy(TestFiles.scene("scene-001"), picture);
    assertRefused(
        picture,
        "expected a new file or that of an earlier monitor, found something else in it; choose");
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "a device of Linux");
    assertRefused(full, "found none (No space left on device)");
  }

  private static void assertRefused(Path file, String reason) {
    assertThatThrownBy(() -> MonitorFile.open(file, "m", NumericsProfile.FLOAT32, _ -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(reason);
  }

  @Test
  void aFileThatBreaksLaterCostsNoAnswer() throws IOException {
    List<String> notices = new ArrayList<>();
    Path file = folder.resolve("monitor.jsonl");
    MonitorFile monitor = MonitorFile.open(file, "m", model.profile(), notices::add);
    monitor.close();
    Prompt prompt = prompt("scene-001");

    Generation answer =
        model.generate(prompt, OPTIONS, TokenListener.NONE.watchedBy(monitor.watch("x")));

    assertThat(answer.tokens()).isEqualTo(model.generate(prompt, OPTIONS).tokens());
    assertThat(notices.getFirst()).startsWith(file + ": monitoring ends here, answers go on");
    assertThat(Files.readAllLines(file)).hasSize(1);
  }
}
