package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Conversations: what is kept between turns changes no bit. */
class ChatSessionTest {
  private static final GenerationOptions OPTIONS = GenerationOptions.greedy().maxNewTokens(24);

  private static Qwen2Vl model;
  private static RgbImage scene;
  private static RgbImage otherScene;

  @BeforeAll
  static void load() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
    List<ReferenceRuns.Case> cases = new ReferenceRuns("captioner").cases();
    scene = cases.get(1).prompt().images().getFirst();
    otherScene = cases.get(2).prompt().images().getFirst();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static List<Prompt> turns() {
    return List.of(
        Prompt.create().image(scene).text("What is in this picture?"),
        Prompt.of("How many shapes are there?"),
        Prompt.create().text("And ").image(otherScene).text(" here?"),
        Prompt.create().image(scene).text("What color is the background?"));
  }

  /** What a request ran and what came out: rows through the decoder, and every row of logits. */
  private static final class Run implements NumericsTrace {
    private final List<float[]> logits = new ArrayList<>();
    private int promptRows;
    private int pictureRows;

    @Override
    public void stage(StageId stage, Tensor value) {
      if (stage.equals(StageId.INPUTS_EMBEDS)) {
        promptRows += value.rowCount();
      } else if (stage.equals(StageId.MERGER)) {
        pictureRows += value.rowCount();
      } else if (stage.equals(StageId.LOGITS)) {
        logits.add(value.toFloats());
      }
    }
  }

  @Test
  void onlyTheNewTurnIsComputedAndEveryLogitIsThatOfAFreshRun() throws IOException {
    try (LoadedModel loaded = ModelLoader.load(BuiltInModel.files(), LoadOptions.defaults());
        SessionCaches memory =
            new SessionCaches(
                new PrefixCache(loaded.model().newCache()), EmbeddingCache.create())) {
      Prompt conversation = Prompt.create();
      int held = 0;
      for (Prompt turn : turns()) {
        conversation = conversation.then(turn);
        Run kept = new Run();
        Run fresh = new Run();
        Generation answer = run(loaded, conversation, kept, Optional.of(memory));
        Generation again = run(loaded, conversation, fresh, Optional.empty());
        assertThat(answer.tokens()).isEqualTo(again.tokens());
        assertThat(kept.logits).hasSameSizeAs(fresh.logits);
        for (int i = 0; i < kept.logits.size(); i++) {
          assertThat(kept.logits.get(i)).as("logits %d", i).isEqualTo(fresh.logits.get(i));
        }
        assertThat(answer.cachedTokens()).isEqualTo(held);
        assertThat(kept.promptRows).isEqualTo(answer.promptTokens() - held);
        // Everything but the last token of the answer was run.
        held = answer.promptTokens() + answer.tokens().size() - 1;
        conversation = conversation.assistant(answer.text());
      }
    }
  }

  private static Generation run(
      LoadedModel loaded, Prompt prompt, Run trace, Optional<SessionCaches> caches) {
    ConfiguredModel model = new ConfiguredModel(loaded, NumericsProfile.FLOAT32);
    EncodedPrompt encoded = new PromptEncoder(loaded).encode(prompt, OPTIONS);
    try (GenerationRun run = new GenerationRun(model, trace);
        SessionCaches none = new SessionCaches(model.newPrefix(), EmbeddingCache.none())) {
      return run.answer(encoded, OPTIONS, TokenListener.NONE, caches.orElse(none));
    }
  }

  @Test
  void theSamePictureIsEncodedOnce() throws IOException {
    try (LoadedModel loaded = ModelLoader.load(BuiltInModel.files(), LoadOptions.defaults());
        SessionCaches memory =
            new SessionCaches(
                new PrefixCache(loaded.model().newCache()), EmbeddingCache.create())) {
      RgbImage copy =
          RgbImage.of(scene.width(), scene.height(), scene.toByteArray()).named("a copy");
      List<Prompt> prompts =
          List.of(
              Prompt.create().image(scene).text("What is in this picture?"),
              Prompt.create().system("Be terse.").image(copy).text("What color is the circle?"),
              Prompt.create().image(otherScene).image(scene).text("Describe this image."));
      List<Integer> encoded = new ArrayList<>();
      for (Prompt prompt : prompts) {
        Run trace = new Run();
        Generation kept = run(loaded, prompt, trace, Optional.of(memory));
        assertThat(kept.tokens())
            .isEqualTo(run(loaded, prompt, new Run(), Optional.empty()).tokens());
        encoded.add(trace.pictureRows);
      }
      assertThat(encoded).containsExactly(16, 0, 16);
    }
  }

  @Test
  void aSessionAnswersAsTheWholeConversationWould() {
    try (ChatSession chat = model.newChat(OPTIONS)) {
      for (Prompt turn : turns()) {
        Prompt whole = chat.conversation().then(turn);
        Generation answer = chat.send(turn);
        assertThat(answer.tokens()).isEqualTo(model.generate(whole, OPTIONS).tokens());
        assertThat(chat.conversation()).isEqualTo(whole.assistant(answer.text()));
      }
      assertThat(chat.turns()).isEqualTo(4);
    }
  }

  @Test
  void anAnswerCutShortGoesOnAsTheTemplateWritesIt() {
    // The answer has no end token of its own: the template's is computed with the next turn.
    for (GenerationOptions cut :
        List.of(OPTIONS.maxNewTokens(3), OPTIONS.stop("blue"), OPTIONS.stop("lue tri"))) {
      try (ChatSession chat = model.newChat(cut)) {
        Generation first = chat.send(turns().getFirst());
        Prompt whole = chat.conversation().then(turns().get(1));
        Generation second = chat.send(turns().get(1));
        assertThat(second.tokens()).isEqualTo(model.generate(whole, cut).tokens());
        assertThat(second.cachedTokens())
            .isBetween(first.promptTokens(), first.promptTokens() + first.tokens().size() - 1);
      }
    }
  }

  @Test
  void drawsOfASessionAreThoseOfTheWholeConversation() {
    GenerationOptions hot = OPTIONS.sample(7).temperature(1.5).topK(0).topP(1);
    try (ChatSession chat = model.newChat(hot)) {
      for (Prompt turn : turns()) {
        Prompt whole = chat.conversation().then(turn);
        assertThat(chat.send(turn).tokens()).isEqualTo(model.generate(whole, hot).tokens());
      }
    }
  }

  @Test
  void in16BitsEagerAttentionComputesEachTurnAnewAndSdpaDoesNot() throws IOException {
    NumericsProfile eager = NumericsProfile.of(DType.BF16, AttentionKind.EAGER);
    try (Qwen2Vl half = Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults().profile(eager));
        ChatSession anew = half.newChat(OPTIONS);
        ChatSession kept = half.with(eager.with(AttentionKind.SDPA)).newChat(OPTIONS)) {
      anew.send(turns().getFirst());
      assertThat(anew.send(turns().get(1)).cachedTokens()).isZero();
      kept.send(turns().getFirst());
      Prompt whole = kept.conversation().then(turns().get(1));
      Generation answer = kept.send(turns().get(1));
      assertThat(answer.cachedTokens()).isPositive();
      assertThat(answer.tokens())
          .isEqualTo(half.with(eager.with(AttentionKind.SDPA)).generate(whole, OPTIONS).tokens());
    }
  }

  @Test
  void aForkGoesOnFromTheSamePlaceAndChangesNothing() {
    try (ChatSession chat = model.newChat(OPTIONS)) {
      Generation first = chat.send(turns().getFirst());
      try (ChatSession fork = chat.fork()) {
        Generation here = chat.send(turns().get(1));
        Generation there = fork.send(turns().get(2));
        assertThat(there.cachedTokens())
            .isEqualTo(here.cachedTokens())
            .isEqualTo(first.promptTokens() + first.tokens().size() - 1);
        Prompt whole = turns().getFirst().assistant(first.text()).then(turns().get(2));
        assertThat(there.tokens()).isEqualTo(model.generate(whole, OPTIONS).tokens());
        assertThat(fork.conversation()).isNotEqualTo(chat.conversation());
      }
      assertThat(chat.send(turns().get(2)).cachedTokens()).isPositive();
    }
  }

  @Test
  void aRewoundTurnHasNeverBeen() {
    try (ChatSession chat = model.newChat(OPTIONS)) {
      chat.send(turns().getFirst());
      Prompt before = chat.conversation();
      chat.send(turns().get(1));
      chat.rewind(1);
      assertThat(chat.conversation()).isEqualTo(before);
      Generation answer = chat.send(turns().get(2));
      assertThat(answer.tokens())
          .isEqualTo(model.generate(before.then(turns().get(2)), OPTIONS).tokens());
      assertThat(answer.cachedTokens()).isPositive();
      chat.rewind(chat.turns());
      assertThat(chat.conversation()).isEqualTo(Prompt.create());
      assertThatThrownBy(() -> chat.rewind(1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("rewind: expected 0 to 0 turns, found 1");
    }
  }

  @Test
  void anotherPictureInTheSamePlaceIsNotTakenForTheFirst() {
    try (ChatSession chat = model.newChat(OPTIONS)) {
      chat.send(turns().getFirst());
      chat.rewind(1);
      Prompt other = Prompt.create().image(otherScene).text("What is in this picture?");
      assertThat(chat.send(other).tokens()).isEqualTo(model.generate(other, OPTIONS).tokens());
    }
  }

  @Test
  void afterAFailureTheConversationIsAsBefore() {
    try (ChatSession chat = model.newChat(OPTIONS)) {
      chat.send(turns().getFirst());
      Prompt before = chat.conversation();
      Prompt endless = Prompt.of("What color is the ring? ".repeat(500));
      assertThatThrownBy(() -> chat.send(endless)).isInstanceOf(PromptTooLongException.class);
      TokenListener broken =
          (id, text) -> {
            throw new IllegalArgumentException("deaf");
          };
      assertThatThrownBy(() -> chat.send(turns().get(1), broken)).hasMessage("deaf");
      assertThat(chat.conversation()).isEqualTo(before);
      assertThat(chat.send(turns().get(1)).tokens())
          .isEqualTo(model.generate(before.then(turns().get(1)), OPTIONS).tokens());
    }
  }

  @Test
  void aTurnEndsWithAQuestion() {
    try (ChatSession chat = model.newChat(OPTIONS)) {
      assertThatThrownBy(() -> chat.send(Prompt.create()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("turn: expected a last message of the user, found no message");
      assertThatThrownBy(() -> chat.send(Prompt.of("Hello").assistant("Hello")))
          .hasMessage("turn: expected a last message of the user, found one of assistant");
    }
  }

  @Test
  void aSecondCallerIsRefusedAndCloseWaits() throws Exception {
    ChatSession chat = model.newChat(OPTIONS);
    CountDownLatch answering = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<Generation> first =
        CompletableFuture.supplyAsync(() ->
            chat.send(
                turns().getFirst(),
                (id, text) -> {
                  answering.countDown();
                  return await(goOn);
                }));
    assertThat(answering.await(1, TimeUnit.MINUTES)).isTrue();
    assertThatThrownBy(() -> chat.send(turns().get(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("expected one caller at a time, found a second");
    CompletableFuture<Void> closing = CompletableFuture.runAsync(chat::close);
    assertThat(closing).isNotDone();
    goOn.countDown();
    assertThat(first.get(1, TimeUnit.MINUTES).finishReason()).isEqualTo(FinishReason.STOP);
    closing.get(1, TimeUnit.MINUTES);
    chat.close();
    assertThatThrownBy(() -> chat.send(turns().get(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("chat session: expected it open, found it closed");
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aListenerCannotCallTheSessionOrTheModelThatCallsIt() {
    try (ChatSession chat = model.newChat(OPTIONS)) {
      List<Runnable> calls =
          List.of(
              chat::close,
              () -> chat.send(turns().get(1)),
              () -> model.generate(turns().get(1), OPTIONS),
              model::close);
      for (Runnable call : calls) {
        assertThatThrownBy(() ->
                chat.send(
                    turns().getFirst(),
                    (id, text) -> {
                      call.run();
                      return true;
                    }))
            .isInstanceOf(IllegalStateException.class);
      }
      assertThat(chat.send(turns().getFirst()).text()).contains("blue triangle");
    }
  }

  @Test
  void aSessionOutlivesItsModelButCannotAnswer() throws IOException {
    Qwen2Vl shortLived = Qwen2Vl.loadBuiltIn();
    try (ChatSession chat = shortLived.newChat(OPTIONS)) {
      shortLived.close();
      assertThatThrownBy(() -> chat.send(turns().getFirst()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("model captioner: expected it open, found it closed");
    }
  }
}
