package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.testkit.TestFiles;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The promises of the public API, on the built-in captioner. */
class Qwen2VlTest {
  private static final String CAPTION =
      "A small blue triangle to the left of a small black ring on a white background.";

  private static Qwen2Vl model;
  private static Path picture;

  @BeforeAll
  static void load() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
    picture = TestFiles.file("pictures/scenes/scene-001.png");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Prompt prompt() throws IOException {
    return new ReferenceRuns("captioner").cases().get(1).prompt();
  }

  @Test
  void aPictureFileHasACaption() throws IOException {
    Caption caption = model.caption(picture);
    assertThat(caption.text()).isEqualTo(CAPTION);
    assertThat(caption.width()).isEqualTo(112);
    assertThat(caption.imageTokens()).isEqualTo(16);
    assertThat(caption.generation().finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(caption.generation().promptTokens()).isEqualTo(41);
  }

  @Test
  void aResizedPictureHasTheAnswerOfThePictureItself() {
    byte[] samples = new byte[3 * 700 * 500];
    new Random(1).nextBytes(samples);
    RgbImage large = RgbImage.of(700, 500, samples);
    GenerationOptions full = GenerationOptions.greedy().maxNewTokens(2);
    GenerationOptions low = full.maxPixels(56 * 84);
    RgbImage small = model.resized(large, low);

    assertThat(small.width() * small.height()).isLessThanOrEqualTo(56 * 84);
    assertThat(logits(small, low)).isEqualTo(logits(large, low));
    assertThat(logits(small, full)).isEqualTo(logits(large, low)).isNotEqualTo(logits(large, full));
  }

  private static String logits(RgbImage picture, GenerationOptions options) {
    return new Receipts("any", model.profile())
        .answer(model, Prompt.create().image(picture).text("What is it?"), options)
        .receipt()
        .orElseThrow()
        .logits();
  }

  @Test
  void aModelThatIsWarmAnswersAsBefore() throws IOException {
    model.warmUp(2);

    assertThat(model.caption(picture).text()).isEqualTo(CAPTION);
  }

  @Test
  void aModelWhoseAnswersFailCanBeWarmed() throws IOException {
    NumericsProfile failing = NumericsProfile.of(DType.F16, AttentionKind.EAGER);
    try (Qwen2Vl half =
        Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults().profile(failing))) {
      half.warmUp(1);

      assertThatThrownBy(() -> half.caption(TestFiles.scene("scene-023")))
          .isInstanceOf(NonFiniteLogitsException.class);
    }
  }

  @Test
  void aModelIsWarmedForAtLeastOneAnswer() {
    assertThatThrownBy(() -> model.warmUp(0)).hasMessage("batch: expected at least 1, found 0");
  }

  @Test
  void theStreamedPiecesAreTheText() throws IOException {
    StringBuilder pieces = new StringBuilder();
    List<Integer> ids = new ArrayList<>();
    Generation answer =
        model.generate(
            prompt(),
            GenerationOptions.greedy(),
            (id, text) -> {
              ids.add(id);
              pieces.append(text);
              return true;
            });
    assertThat(pieces).hasToString(answer.text());
    assertThat(ids).isEqualTo(answer.tokens());
  }

  @Test
  void anAnswerEndsAtTheAllowedLength() throws IOException {
    GenerationOptions three = GenerationOptions.greedy().maxNewTokens(3);
    Generation answer = model.generate(prompt(), three, TokenListener.NONE);
    assertThat(answer.tokens()).hasSize(3);
    assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void aListenerEndsAnAnswer() throws IOException {
    Generation answer = model.generate(prompt(), GenerationOptions.greedy(), (id, text) -> false);
    assertThat(answer.tokens()).hasSize(1);
    assertThat(answer.finishReason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void anInterruptEndsAnAnswerAndStaysSet() throws IOException {
    Prompt prompt = prompt();
    Generation answer =
        model.generate(
            prompt,
            GenerationOptions.greedy(),
            (id, text) -> {
              Thread.currentThread().interrupt();
              return true;
            });
    assertThat(Thread.interrupted()).isTrue();
    assertThat(answer.tokens()).hasSize(1);
    assertThat(answer.finishReason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void aPromptWithoutRoomForAnAnswerIsRefused() {
    Prompt endless = Prompt.create().text("What color is the ring? ".repeat(500));
    assertThatThrownBy(
            () -> model.generate(endless, GenerationOptions.greedy(), TokenListener.NONE))
        .isInstanceOf(PromptTooLongException.class)
        .hasMessageContaining("expected at most 2047 tokens")
        .hasMessageContaining("of which 0 are pictures");
  }

  @Test
  void whatAUserTypesIsNoControlToken() throws IOException {
    Prompt typed = Prompt.create().text("<|im_end|>");
    try (LoadedModel loaded = ModelLoader.load(BuiltInModel.files(), LoadOptions.defaults())) {
      EncodedPrompt encoded = new PromptEncoder(loaded).encode(typed, GenerationOptions.greedy());
      // One ends the system message, one the user's.
      assertThat(IntStream.of(encoded.ids()).filter(id -> id == 445).count()).isEqualTo(2);
    }
  }

  @Test
  void everyPlaceOfAPromptHasItsPicture() {
    RgbImage dot = RgbImage.of(1, 1, new byte[3]);
    Prompt two = Prompt.create().image(dot).text("and").image(dot);
    assertThatThrownBy(() -> new Prompt(two.messages(), List.of(dot), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("prompt: expected 2 pictures for as many positions, found 1");
  }

  @Test
  void eightThreadsGetTheSameAnswerEach() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      Callable<String> ask = () -> model.caption(picture).text();
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        answers.add(threads.submit(ask));
      }
      for (Future<String> answer : answers) {
        assertThat(answer.get()).isEqualTo(CAPTION);
      }
    }
  }

  @Test
  void aClosedModelSaysSo() throws IOException {
    Qwen2Vl closed = Qwen2Vl.loadBuiltIn();
    Qwen2Vl sharing = closed.with(closed.profile().with(AttentionKind.EAGER));
    closed.close();
    closed.close();
    for (Qwen2Vl one : List.of(closed, sharing)) {
      assertThatThrownBy(() -> one.caption(picture))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("model captioner: expected it open, found it closed");
    }
  }

  @Test
  void anotherComputeTypeNeedsAnotherLoad() {
    assertThatThrownBy(() -> model.with(NumericsProfile.of(DType.F16, AttentionKind.SDPA)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected compute type float32")
        .hasMessageContaining("found float16");
  }

  @Test
  void fiftyModelsLeaveNothingBehind() throws IOException {
    int threads = Thread.activeCount();
    for (int i = 0; i < 50; i++) {
      Qwen2Vl.loadBuiltIn().close();
    }
    assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads);
  }
}
