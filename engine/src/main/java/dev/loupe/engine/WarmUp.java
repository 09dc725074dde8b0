package dev.loupe.engine;

import dev.loupe.vision.image.RgbImage;
import java.time.Duration;
import java.util.Iterator;
import java.util.stream.IntStream;

/**
 * Answers that nobody hears, so that the compiler has the kernels before somebody waits for one.
 *
 * <p>A kernel is compiled after some calls, so the picture and the prompts are small. Answers of
 * different lengths run side by side, and as they end the batch becomes narrower: each count of
 * rows has kernels of its own.
 */
final class WarmUp {

  /** Rows of 28 pixels, 36 tokens. */
  private static final int SIDE = 6 * 28;

  /** As if by a camera: no two patches are alike. */
  private static final int STEP = 7;

  private static final int MOST_ROUNDS = 8;

  /** A large model is compiled in one round, and a round of it takes long. */
  private static final Duration ENOUGH = Duration.ofSeconds(4);

  /** A round that takes more than this of the one before was not slowed by the compiler. */
  private static final double AS_FAST = 0.8;

  private final Qwen2Vl model;
  private final int batch;
  private final RgbImage picture = picture();

  /**
   * @param batch how many answers will be made side by side later on, at least 1
   */
  WarmUp(Qwen2Vl model, int batch) {
    if (batch < 1) {
      throw new IllegalArgumentException("batch: expected at least 1, found " + batch);
    }
    this.model = model;
    this.batch = batch;
  }

  /** Answers until it takes no less time than before. */
  void run() {
    long start = System.nanoTime();
    long before = Long.MAX_VALUE;
    for (int round = 0; round < MOST_ROUNDS; round++) {
      long begin = System.nanoTime();
      answer();
      long end = System.nanoTime();
      if (end - begin > AS_FAST * before || end - start > ENOUGH.toNanos()) {
        return;
      }
      before = end - begin;
    }
  }

  private void answer() {
    Iterator<BatchRequest<Integer>> requests =
        IntStream.range(0, batch).mapToObj(this::request).iterator();
    model.generateAll(
        batch,
        requests,
        new BatchListener<Integer>() {
          @Override
          public void completed(Integer key, Generation answer) {}

          @Override
          public void failed(Integer key, Exception reason) {} // The real answer will say so.
        });
  }

  /** The first has the picture; each has one token more than the one before. */
  private BatchRequest<Integer> request(int number) {
    Prompt prompt =
        number == 0
            ? Prompt.create().image(picture).text(Qwen2Vl.CAPTION_PROMPT)
            : Prompt.of(Qwen2Vl.CAPTION_PROMPT);
    int tokens = batch + number;
    GenerationOptions options =
        GenerationOptions.greedy().check(false).minNewTokens(tokens).maxNewTokens(tokens);
    return new BatchRequest<>(number, () -> prompt, options);
  }

  private static RgbImage picture() {
    byte[] samples = new byte[SIDE * SIDE * 3];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) (i * STEP);
    }
    return RgbImage.of(SIDE, SIDE, samples);
  }
}
