package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.text.TextConfig;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a batch keeps for later requests does not grow with their number. */
class BatchMemoryTest {
  private static final int REQUESTS = 2000;
  private static final int TOGETHER = 8;

  /** The pictures have eleven times as much. */
  private static final long EMBEDDINGS = 1 << 20;

  /** A longest picture, the longest question and template around them, and the answer. */
  private static final int LONGEST_PROMPT = 128;

  /** What keys and values reserve beyond their need, rounded up to panels of 16. */
  private static final int RESERVED = 256 + 16;

  private static final SplittableRandom RANDOM = new SplittableRandom(1);

  @Test
  void thePicturesAndPromptsOf2000RequestsLeaveNoMoreThanThoseOfSome() throws IOException {
    EmbeddingCache embeddings = EmbeddingCache.upTo(EMBEDDINGS);
    AtomicInteger answered = new AtomicInteger();
    BatchListener<Integer> listener =
        new BatchListener<>() {
          @Override
          public void completed(Integer key, Generation answer) {
            answered.incrementAndGet();
            assertThat(embeddings.bytes()).isLessThanOrEqualTo(EMBEDDINGS);
            assertThat(answer.promptTokens()).isLessThan(LONGEST_PROMPT);
          }

          @Override
          public void failed(Integer key, Exception reason) {
            throw new AssertionError(reason);
          }
        };
    try (LoadedModel loaded = ModelLoader.load(BuiltInModel.files(), LoadOptions.defaults());
        BatchRun<Integer> batch =
            new BatchRun<>(
                new ConfiguredModel(loaded, NumericsProfile.FLOAT32, true),
                TOGETHER,
                IntStream.range(0, REQUESTS).mapToObj(BatchMemoryTest::request).iterator(),
                listener,
                embeddings,
                Optional.empty())) {
      batch.run();
      assertThat(answered).hasValue(REQUESTS);
      assertThat(embeddings.bytes()).isGreaterThan(EMBEDDINGS * 9 / 10);
      assertThat(batch.prefixBytes())
          .isPositive()
          .isLessThanOrEqualTo(
              TOGETHER * (LONGEST_PROMPT + RESERVED) * positionBytes(loaded.config().text()));
    }
  }

  private static long positionBytes(TextConfig text) {
    return 2L * Float.BYTES * text.numHiddenLayers() * text.numKeyValueHeads() * text.headDim();
  }

  /** Pictures of 4 to 16 tokens and questions of some words, no two alike. */
  private static BatchRequest<Integer> request(int number) {
    int width = 56 + 28 * (number % 3);
    int height = 56 + 28 * (number / 3 % 3);
    byte[] samples = new byte[width * height * RgbImage.CHANNELS];
    RANDOM.nextBytes(samples);
    Prompt prompt =
        Prompt.create()
            .image(RgbImage.of(width, height, samples))
            .text("What is number " + number + "? " + "Say it. ".repeat(number % 10));
    GenerationOptions options = GenerationOptions.greedy().maxNewTokens(1 + number % 4);
    return new BatchRequest<>(number, () -> prompt, options);
  }
}
