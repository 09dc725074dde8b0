package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A prompt that takes long does not stop the answers beside it, and changes none. */
class PromptTurnsTest {

  private static final Prompt SHORT = Prompt.of("Describe this image.");

  private static Qwen2Vl model;

  @BeforeAll
  static void load() throws IOException {
    model = Qwen2Vl.loadBuiltIn();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Map<String, Generation> run(List<BatchRequest<String>> requests) {
    Map<String, Generation> answers = new HashMap<>();
    model.generateAll(
        2,
        requests.iterator(),
        new BatchListener<>() {
          @Override
          public void completed(String key, Generation answer) {
            answers.put(key, answer);
          }

          @Override
          public void failed(String key, Exception reason) {
            throw new AssertionError(key, reason);
          }
        });
    return answers;
  }

  /** A prompt that takes long, beside a short question. */
  private static List<Prompt> longPrompts() {
    byte[] pixels = new byte[3 * 560 * 560];
    new Random(1).nextBytes(pixels);
    return List.of(
        Prompt.of("What color is the ring? ".repeat(30)),
        Prompt.create().image(RgbImage.of(560, 560, pixels)).text("What is it?"));
  }

  @Test
  void theOthersGetTokensWhileALongPromptIsComputed() {
    GenerationOptions talk = GenerationOptions.greedy().minNewTokens(200).maxNewTokens(200);
    GenerationOptions brief = GenerationOptions.greedy().maxNewTokens(3);
    for (Prompt longOne : longPrompts()) {
      AtomicInteger tokens = new AtomicInteger();
      List<Integer> tokensBefore = new ArrayList<>();
      List<BatchRequest<String>> requests =
          List.of(
              new BatchRequest<>(
                  "talk",
                  () -> SHORT,
                  talk,
                  (id, text) -> {
                    tokens.incrementAndGet();
                    return true;
                  }),
              new BatchRequest<>(
                  "long",
                  () -> {
                    tokensBefore.add(tokens.get());
                    return longOne;
                  },
                  brief,
                  (id, text) -> {
                    tokensBefore.add(tokens.get());
                    return true;
                  }));
      Map<String, Generation> answers = run(requests);
      assertThat(tokensBefore.getFirst()).isEqualTo(1);
      assertThat(tokensBefore.get(1)).as("tokens before the first of the other").isGreaterThan(1);
      assertThat(answers.get("talk").tokens()).isEqualTo(model.generate(SHORT, talk).tokens());
      assertThat(answers.get("long").tokens()).isEqualTo(model.generate(longOne, brief).tokens());
    }
  }

  @Test
  void whatTheListenerThrowsDuringThePromptOfAnotherEndsTheBatchToo() {
    List<String> failed = new ArrayList<>();
    List<BatchRequest<String>> requests =
        List.of(
            new BatchRequest<>("short", () -> SHORT, GenerationOptions.greedy().maxNewTokens(2)),
            new BatchRequest<>("long", () -> longPrompts().getFirst(), GenerationOptions.greedy()));
    assertThatThrownBy(() ->
            model.generateAll(
                2,
                requests.iterator(),
                new BatchListener<>() {
                  @Override
                  public void completed(String key, Generation answer) {
                    throw new IllegalStateException("disk full at " + key);
                  }

                  @Override
                  public void failed(String key, Exception reason) {
                    failed.add(key);
                  }
                }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("disk full at short");
    assertThat(failed).isEmpty();
  }
}
