package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.text.KvCache;
import dev.loupe.engine.text.RopePositions;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Many requests side by side: the same bits as alone, and no one harms another. */
class BatchTest {
  private static Qwen2Vl model;
  private static List<ReferenceRuns.Case> cases;

  /** What a batch reported, in the order in which it did. */
  private static final class Report implements BatchListener<String> {
    private final Map<String, Generation> answers = new LinkedHashMap<>();
    private final Map<String, Exception> failures = new LinkedHashMap<>();

    @Override
    public void completed(String key, Generation answer) {
      assertThat(answers.put(key, answer)).as("reported once").isNull();
    }

    @Override
    public void failed(String key, Exception reason) {
      assertThat(failures.put(key, reason)).as("reported once").isNull();
    }
  }

  @BeforeAll
  static void load() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
    cases = new ReferenceRuns("captioner").cases();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  /** Pictures, two pictures, clips, turns and plain text; short answers and long ones. */
  private static List<ReferenceRuns.Case> mixed() {
    List<String> names =
        List.of(
            "scene-000",
            "scene-004",
            "describe-two",
            "text-only",
            "clip-3",
            "clip-and-picture",
            "turns",
            "scene-006");
    return names.stream()
        .map(name -> cases.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow())
        .toList();
  }

  private static BatchRequest<String> request(ReferenceRuns.Case c, GenerationOptions options) {
    return new BatchRequest<>(c.name(), c::prompt, options);
  }

  private static Report run(int size, List<BatchRequest<String>> requests) {
    Report report = new Report();
    model.generateAll(size, requests.iterator(), report);
    return report;
  }

  @Test
  void everyRowOfAStepHasTheLogitsItHasAlone() throws IOException {
    try (LoadedModel loaded = ModelLoader.load(BuiltInModel.files(), LoadOptions.defaults());
        Workspace w =
            new Workspace(loaded.backend(), NumericsProfile.FLOAT32, NumericsTrace.NONE)) {
      List<ReferenceRuns.Case> prompts = mixed();
      int[] tokens = new int[prompts.size()];
      int[] positions = new int[prompts.size()];
      List<KvCache> together = new ArrayList<>();
      List<float[]> alone = new ArrayList<>();
      for (int i = 0; i < tokens.length; i++) {
        try (Arena arena = Arena.ofShared()) {
          MultimodalModel both = loaded.model();
          ModelInput input = ModelInput.of(loaded, prompts.get(i).prompt(), arena);
          RopePositions ropePositions = input.positions(both);
          KvCache cache = loaded.model().newCache();
          input.prefill(both, input.encode(both, w), ropePositions, cache, w);
          together.add(cache);
          tokens[i] = 7 * i + 3;
          positions[i] = ropePositions.next();
          try (KvCache own = cache.copy()) {
            Tensor hidden = ModelInput.step(both, tokens[i], positions[i], own, w);
            alone.add(loaded.model().logits(hidden, w).toFloats());
          }
        }
      }
      Tensor hidden = loaded.model().step(tokens, positions, together, w);
      Tensor logits = loaded.model().logits(hidden, w);
      for (int i = 0; i < tokens.length; i++) {
        assertThat(logits.rows(i, i + 1L).toFloats())
            .as(prompts.get(i).name())
            .isEqualTo(alone.get(i));
      }
      together.forEach(KvCache::close);
    }
  }

  @Test
  void eachAnswerIsThatOfItsRequestAlone() {
    List<BatchRequest<String>> requests = new ArrayList<>();
    Map<String, List<Integer>> alone = new LinkedHashMap<>();
    int seed = 0;
    for (ReferenceRuns.Case c : mixed()) {
      // Some are drawn, hot enough to differ; some end early.
      GenerationOptions options = GenerationOptions.greedy().maxNewTokens(4 + 2 * seed);
      if (seed % 2 == 1) {
        options = options.sample(seed).temperature(1.5).topK(0).topP(1);
      }
      seed++;
      requests.add(request(c, options));
      alone.put(c.name(), model.generate(c.prompt(), options).tokens());
    }
    for (int size = 1; size <= 8; size++) {
      Report report = run(size, requests);
      assertThat(report.failures).isEmpty();
      assertThat(report.answers.keySet()).containsExactlyInAnyOrderElementsOf(alone.keySet());
      for (var expected : alone.entrySet()) {
        assertThat(report.answers.get(expected.getKey()).tokens())
            .as("%s in a batch of %d", expected.getKey(), size)
            .isEqualTo(expected.getValue());
      }
    }
  }

  @Test
  void aFailingRequestHarmsNoOther() {
    GenerationOptions options = GenerationOptions.greedy();
    ReferenceRuns.Case good = cases.get(1);
    Prompt endless = Prompt.of("What color is the ring? ".repeat(500));
    List<BatchRequest<String>> requests =
        List.of(
            request(good, options),
            new BatchRequest<>(
                "unreadable",
                () -> {
                  throw new IOException("no such picture");
                },
                options),
            new BatchRequest<>("too long", () -> endless, options),
            new BatchRequest<>(
                "bad listener",
                good::prompt,
                options,
                (id, text) -> {
                  throw new IllegalArgumentException("deaf");
                }),
            new BatchRequest<>("cancelled", good::prompt, options, (id, text) -> false),
            request(cases.get(2), options));
    Report report = run(3, requests);
    assertThat(report.failures.keySet())
        .containsExactlyInAnyOrder("unreadable", "too long", "bad listener");
    assertThat(report.failures.get("unreadable")).hasMessage("no such picture");
    assertThat(report.failures.get("too long")).isInstanceOf(PromptTooLongException.class);
    assertThat(report.answers.get("cancelled").finishReason()).isEqualTo(FinishReason.CANCELLED);
    for (ReferenceRuns.Case c : cases.subList(1, 3)) {
      assertThat(report.answers.get(c.name()).tokens())
          .isEqualTo(model.generate(c.prompt(), options).tokens());
    }
  }

  @Test
  void aRequestIsTakenOnlyWhenAPlaceIsFree() {
    AtomicInteger taken = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    Iterator<BatchRequest<String>> lazy =
        cases.subList(0, 12).stream()
            .map(c -> {
              assertThat(taken.incrementAndGet() - done.get()).isLessThanOrEqualTo(3);
              return request(c, GenerationOptions.greedy());
            })
            .iterator();
    model.generateAll(
        3,
        lazy,
        new BatchListener<>() {
          @Override
          public void completed(String key, Generation answer) {
            done.incrementAndGet();
          }

          @Override
          public void failed(String key, Exception reason) {
            throw new AssertionError(key, reason);
          }
        });
    assertThat(done).hasValue(12);
  }

  @Test
  void whatTheListenerThrowsEndsTheBatchAndIsNoFailureOfARequest() {
    GenerationOptions oneToken = GenerationOptions.greedy().maxNewTokens(1);
    List<String> failed = new ArrayList<>();
    BatchListener<String> full =
        new BatchListener<>() {
          @Override
          public void completed(String key, Generation answer) {
            throw new IllegalStateException("disk full at " + key);
          }

          @Override
          public void failed(String key, Exception reason) {
            failed.add(key);
          }
        };
    List<BatchRequest<String>> requests =
        mixed().stream().limit(3).map(c -> request(c, oneToken)).toList();
    assertThatThrownBy(() -> model.generateAll(2, requests.iterator(), full))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("disk full at scene-000");
    assertThat(failed).isEmpty();
    assertThat(run(2, requests).answers).as("the next batch").hasSize(3);
  }

  /** A watch that throws the one at the first logits, and the other when it hears of it. */
  private static TokenListener failing(String first, Optional<String> second) {
    RuntimeException broken = new IllegalStateException(first);
    return TokenListener.NONE.watchedBy(
        new AnswerWatch() {
          @Override
          public void logits(Tensor logits, Workspace w) {
            throw broken;
          }

          @Override
          public void failed() {
            throw second.<RuntimeException>map(IllegalStateException::new).orElse(broken);
          }
        });
  }

  @Test
  void aWatchThatFailsAndFailsOnceMoreEndsNoAnswerButItsOwn() {
    GenerationOptions few = GenerationOptions.greedy().maxNewTokens(3);
    Report report =
        run(
            2,
            List.of(
                request(cases.get(0), few),
                new BatchRequest<>(
                    "again", cases.get(1)::prompt, few, failing("a", Optional.of("b"))),
                new BatchRequest<>(
                    "the same", cases.get(1)::prompt, few, failing("c", Optional.empty())),
                request(cases.get(2), few)));
    assertThat(report.failures).containsOnlyKeys("again", "the same");
    assertThat(report.failures.get("again")).hasMessage("a");
    assertThat(report.failures.get("again").getSuppressed())
        .singleElement()
        .satisfies(suppressed -> assertThat(suppressed).hasMessage("b"));
    assertThat(report.failures.get("the same")).hasMessage("c").hasNoSuppressedExceptions();
    assertThat(report.answers).containsOnlyKeys(cases.get(0).name(), cases.get(2).name());
  }

  @Test
  void anInterruptEndsTheRunningAnswersAndTakesNoMore() {
    AtomicInteger tokens = new AtomicInteger();
    List<BatchRequest<String>> requests = new ArrayList<>();
    for (ReferenceRuns.Case c : cases.subList(0, 6)) {
      requests.add(
          new BatchRequest<>(
              c.name(),
              c::prompt,
              GenerationOptions.greedy(),
              (id, text) -> {
                if (tokens.incrementAndGet() == 7) {
                  Thread.currentThread().interrupt();
                }
                return true;
              }));
    }
    Report report = run(2, requests);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(report.answers).hasSize(2);
    assertThat(report.answers.values())
        .allSatisfy(a -> assertThat(a.finishReason()).isEqualTo(FinishReason.CANCELLED));
  }

  @Test
  void theSamePictureAndSystemPromptAreNotComputedAgain() {
    Prompt first =
        Prompt.create().system("You look closely.").image(cases.get(1).prompt().images().get(0));
    List<BatchRequest<String>> requests =
        List.of(
            new BatchRequest<>(
                "one", () -> first.text("What is in this picture?"), GenerationOptions.greedy()),
            new BatchRequest<>(
                "two", () -> first.text("How many shapes are there?"), GenerationOptions.greedy()));
    Report report = run(1, requests);
    Generation two = report.answers.get("two");
    // All but the question: system message, the picture's 16 tokens and what is around them.
    assertThat(report.answers.get("one").cachedTokens()).isZero();
    assertThat(two.cachedTokens()).isGreaterThan(16 + 10).isLessThan(two.promptTokens());
    assertThat(two.tokens())
        .isEqualTo(
            model
                .generate(first.text("How many shapes are there?"), GenerationOptions.greedy())
                .tokens());
  }

  @Test
  void in16BitsEachAnswerIsThatOfItsRequestAloneToo() throws IOException {
    NumericsProfile eager = NumericsProfile.of(DType.BF16, AttentionKind.EAGER);
    GenerationOptions options = GenerationOptions.greedy().maxNewTokens(12);
    try (Qwen2Vl half = Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults().profile(eager))) {
      Report report = new Report();
      half.generateAll(
          3, mixed().subList(0, 5).stream().map(c -> request(c, options)).iterator(), report);
      for (ReferenceRuns.Case c : mixed().subList(0, 5)) {
        assertThat(report.answers.get(c.name()).tokens())
            .as(c.name())
            .isEqualTo(half.generate(c.prompt(), options).tokens());
      }
    }
  }

  @Test
  void aBatchHasAtLeastOnePlace() {
    assertThatThrownBy(() -> run(0, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("batch: expected a size of at least 1, found 0");
  }
}
