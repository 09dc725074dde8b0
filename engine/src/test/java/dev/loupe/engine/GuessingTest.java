package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.StageId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Guessing changes the time of an answer and nothing else. */
class GuessingTest {
  private static final ReferenceRuns GOLDENS = new ReferenceRuns("captioner");
  private static final GenerationOptions GREEDY = GenerationOptions.greedy().maxNewTokens(32);
  private static Qwen2Vl guessing;
  private static Qwen2Vl plain;
  private static List<ReferenceRuns.Case> cases;

  private static Prompt question;

  /** The question, its answer, and the question once more, which has the same answer. */
  private static Prompt again;

  /** What a listener heard. */
  private record Heard(int token, String text) {}

  @BeforeAll
  static void load() throws IOException {
    guessing = Qwen2Vl.loadBuiltIn();
    plain = Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults().guess(false));
    cases = GOLDENS.cases();
    question =
        Prompt.create()
            .image(caseNamed("scene-021").prompt().images().getFirst())
            .text("What is in this picture?");
    again = repeated(question);
  }

  @AfterAll
  static void close() {
    guessing.close();
    plain.close();
  }

  private static ReferenceRuns.Case caseNamed(String name) {
    return cases.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  /** The prompt, its answer, and the prompt once more. */
  private static Prompt repeated(Prompt prompt) {
    return prompt.assistant(plain.generate(prompt, GREEDY).text()).then(prompt);
  }

  private static void assertSame(Generation guessed, Generation expected) {
    assertThat(guessed.tokens()).isEqualTo(expected.tokens());
    assertThat(guessed.text()).isEqualTo(expected.text());
    assertThat(guessed.finishReason()).isEqualTo(expected.finishReason());
    assertThat(expected.guessedTokens()).isZero();
  }

  @Test
  void everyGreedyTokenOfTheGoldensIsTheSame() throws IOException {
    int guessed = 0;
    for (ReferenceRuns.Case c : cases) {
      GenerationOptions options = GenerationOptions.greedy().maxNewTokens(c.maxNewTokens());
      Generation answer = guessing.generate(c.prompt(), options);
      assertSame(answer, plain.generate(c.prompt(), options));
      assertThat(answer.tokens()).isEqualTo(GOLDENS.run(c.name(), "float32", "sdpa").get("greedy"));
      guessed += answer.guessedTokens();
    }
    assertThat(guessed).isPositive();
  }

  @Test
  void everySampledTokenIsTheSame() {
    int guessed = 0;
    for (ReferenceRuns.Case c : cases.subList(0, 8)) {
      Prompt prompt = repeated(c.prompt());
      for (double temperature : new double[] {0.3, 1.5}) {
        GenerationOptions options = GREEDY.sample(11).temperature(temperature).topK(0).topP(1);
        Generation answer = guessing.generate(prompt, options);
        assertSame(answer, plain.generate(prompt, options));
        guessed += answer.guessedTokens();
      }
    }
    assertThat(guessed).isGreaterThan(20);
  }

  @Test
  void scalarKernelsAnd16BitsGiveTheSameAnswersGuessedOrNot() throws IOException {
    Prompt circle = Prompt.of("What color is the circle?");
    for (NumericsProfile profile :
        List.of(
            NumericsProfile.FLOAT32,
            NumericsProfile.of(DType.BF16, AttentionKind.SDPA),
            NumericsProfile.of(DType.F16, AttentionKind.SDPA))) {
      LoadOptions options = LoadOptions.defaults().profile(profile);
      try (LoadedModel loaded =
          ModelLoader.load(BuiltInModel.files(), options, Backend.scalar(2))) {
        for (GenerationOptions how : List.of(GREEDY, GREEDY.sample(3))) {
          Generation answer = answer(new ConfiguredModel(loaded, profile, true), circle, how);
          assertSame(answer, answer(new ConfiguredModel(loaded, profile, false), circle, how));
          assertThat(answer.guessedTokens()).isPositive();
        }
      }
    }
  }

  private static Generation answer(
      ConfiguredModel model, Prompt prompt, GenerationOptions options) {
    return new RequestQueue(model, new RequestLock())
        .answer(prompt, options, TokenListener.NONE, NumericsTrace.NONE);
  }

  @Test
  void anAnswerThatRepeatsThePromptIsGuessed() {
    Generation answer = guessing.generate(again, GREEDY);
    assertSame(answer, plain.generate(again, GREEDY));
    assertThat(answer.text()).isEqualTo(plain.generate(question, GREEDY).text());
    assertThat(answer.guessedTokens()).isGreaterThan(answer.tokens().size() / 2);
  }

  @Test
  void whatEndsAnAnswerEndsItInTheMiddleOfAGuess() {
    List<GenerationOptions> all = new ArrayList<>();
    int length = plain.generate(again, GREEDY).tokens().size();
    for (int n = 1; n <= length + 1; n++) {
      all.add(GREEDY.maxNewTokens(n));
    }
    for (String stop : List.of(" blue", "riangle t", " left of a sm", "yellow")) {
      all.add(GREEDY.stop(stop));
    }
    all.add(GREEDY.minNewTokens(25)); // past the end token, which the guess has earlier
    all.add(GREEDY.maxNewTokens(60).minNewTokens(60).repetitionGuard(2));
    all.add(GREEDY.repetitionPenalty(1.3));
    all.add(GREEDY.repetitionPenalty(1.1).sample(5));
    all.add(GREEDY.check(false));
    for (GenerationOptions options : all) {
      assertHeardTheSame(options, Integer.MAX_VALUE);
    }
  }

  @Test
  void aListenerHearsEachTokenOnceAndCanStopInTheMiddleOfAGuess() {
    int length = plain.generate(again, GREEDY).tokens().size();
    for (int n = 1; n <= length; n++) {
      assertHeardTheSame(GREEDY, n);
    }
  }

  private static void assertHeardTheSame(GenerationOptions options, int most) {
    List<Heard> guessed = new ArrayList<>();
    List<Heard> expected = new ArrayList<>();
    Generation answer = guessing.generate(again, options, listener(guessed, most));
    assertSame(answer, plain.generate(again, options, listener(expected, most)));
    assertThat(guessed).isEqualTo(expected).hasSize(answer.tokens().size());
  }

  private static TokenListener listener(List<Heard> heard, int most) {
    return (id, text) -> {
      heard.add(new Heard(id, text));
      return heard.size() < most;
    };
  }

  @Test
  void aListenerThatFailsInTheMiddleOfAGuessLeavesASessionThatAnswersAsBefore() {
    try (ChatSession chat = guessing.newChat(GREEDY)) {
      Generation first = chat.send(question);
      for (int n = 1; n < first.tokens().size(); n++) {
        List<Heard> heard = new ArrayList<>();
        TokenListener stops = listener(heard, n);
        assertThatThrownBy(() ->
                chat.send(
                    question,
                    (id, text) -> {
                      if (!stops.token(id, text)) {
                        throw new IllegalStateException("full");
                      }
                      return true;
                    }))
            .hasMessage("full");
      }
      assertSame(chat.send(question), plain.generate(again, GREEDY));
    }
  }

  @Test
  void wrongGuessesLeaveNothingInTheCacheOfASession() {
    GenerationOptions hot = GREEDY.sample(7).temperature(1.2).topK(0).topP(1);
    for (GenerationOptions options : List.of(GREEDY, GREEDY.maxNewTokens(9), hot)) {
      try (ChatSession chat = guessing.newChat(options)) {
        int guessed = 0;
        for (int turn = 0; turn < 4; turn++) {
          Prompt next = turn == 0 ? question : Prompt.of("What is in this picture?");
          Prompt whole = chat.conversation().then(next);
          Generation answer = chat.send(next);
          assertSame(answer, plain.generate(whole, options));
          guessed += answer.guessedTokens();
        }
        assertThat(guessed).as("%s", options).isPositive();
      }
    }
  }

  @Test
  void observedRunsAreNotGuessed() {
    List<Integer> rows = new ArrayList<>();
    NumericsTrace trace =
        new NumericsTrace() {
          @Override
          public void stage(StageId stage, Tensor value) {
            if (stage.equals(StageId.NORM)) {
              rows.add(value.rowCount());
            }
          }
        };
    Generation answer = guessing.generate(again, GREEDY, TokenListener.NONE, trace);
    assertSame(plain.generate(again, GREEDY), answer);
    assertThat(rows.subList(1, rows.size())).hasSize(answer.tokens().size() - 1).containsOnly(1);
  }

  @Test
  void watchedAnswersAreNotGuessed() {
    int[] tokens = {0};
    TokenListener watched = TokenListener.NONE.watchedBy((logits, w) -> tokens[0]++);
    Generation answer = guessing.generate(again, GREEDY, watched);
    assertSame(plain.generate(again, GREEDY), answer);
    assertThat(tokens[0]).isEqualTo(answer.tokens().size());
  }

  @Test
  void inABatchOnlyOneThatIsAloneIsGuessed() {
    GenerationOptions shorter = GREEDY.maxNewTokens(6);
    // Steps between the layers of the second prompt do not bring the first answer to its end.
    GenerationOptions longer = GREEDY.maxNewTokens(200).minNewTokens(200);
    assertThat(inBatch(longer, shorter).getFirst().guessedTokens()).isZero();
    Generation last = inBatch(shorter, GREEDY).get(1);
    assertSame(last, plain.generate(again, GREEDY));
    assertThat(last.guessedTokens()).isPositive();
  }

  /** The answers in the order of their ends. */
  private static List<Generation> inBatch(GenerationOptions... options) {
    List<BatchRequest<Integer>> requests = new ArrayList<>();
    for (GenerationOptions each : options) {
      requests.add(new BatchRequest<>(requests.size(), () -> again, each));
    }
    Map<Integer, Generation> answers = new LinkedHashMap<>();
    guessing.generateAll(
        options.length,
        requests.iterator(),
        new BatchListener<>() {
          @Override
          public void completed(Integer key, Generation answer) {
            answers.put(key, answer);
          }

          @Override
          public void failed(Integer key, Exception reason) {
            throw new AssertionError(reason);
          }
        });
    return List.copyOf(answers.values());
  }

  @Test
  void whereALaterTokenCanSpoilARowNothingIsGuessed() throws IOException {
    NumericsProfile eager = NumericsProfile.of(DType.BF16, AttentionKind.EAGER);
    try (Qwen2Vl half = Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults().profile(eager))) {
      assertThat(half.generate(again, GREEDY).guessedTokens()).isZero();
      Qwen2Vl sdpa = half.with(eager.with(AttentionKind.SDPA));
      assertThat(sdpa.generate(again, GREEDY).guessedTokens()).isPositive();
    }
  }
}
