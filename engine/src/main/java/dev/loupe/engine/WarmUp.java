package dev.loupe.engine;

import dev.loupe.vision.image.RgbImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.stream.IntStream;

/**
 * Answers that nobody hears, so that the compiler has the kernels before somebody waits for one.
 *
 * <p>A kernel is compiled after some calls, and until then each call takes a thousand times as
 * long. So the built-in model, whose calls are short, comes first: it has the kernels of all
 * others. Then the model itself, whose weights have to be read once. Answers of different lengths
 * run side by side, and as they end the batch becomes narrower: each count of rows has kernels of
 * its own.
 */
final class WarmUp {

  /** 36 tokens. */
  private static final int SIDE = 6 * 28;

  /** As if by a camera: no two patches are alike. */
  private static final int STEP = 7;

  /** A round that takes more than this of the one before was not slowed by the compiler. */
  private static final double AS_FAST = 0.8;

  /** On a slow machine the built-in model is not waited for. */
  private static final Duration ENOUGH = Duration.ofSeconds(5);

  private final Qwen2Vl model;
  private final int batch;
  private final LoadOptions options;

  /**
   * @param batch how many answers will be made side by side later on, at least 1
   * @param options arithmetic, weights and threads of the model
   */
  WarmUp(Qwen2Vl model, int batch, LoadOptions options) {
    if (batch < 1) {
      throw new IllegalArgumentException("batch: expected at least 1, found " + batch);
    }
    this.model = model;
    this.batch = batch;
    this.options = options.noCache();
  }

  void run() {
    try (Qwen2Vl small = Qwen2Vl.load(BuiltInModel.files(), options)) {
      untilItTakesNoLessTime(small);
    } catch (IOException e) {
      throw new UncheckedIOException("the built-in model: " + e.getMessage(), e);
    }
    answer(model, 1);
  }

  private void untilItTakesNoLessTime(Qwen2Vl small) {
    long start = System.nanoTime();
    long before = Long.MAX_VALUE;
    long time = answer(small, batch);
    while (time < AS_FAST * before && System.nanoTime() - start < ENOUGH.toNanos()) {
      before = time;
      time = answer(small, batch);
    }
  }

  /** Returns the nanoseconds that some answers, side by side, took. */
  private static long answer(Qwen2Vl asked, int count) {
    long start = System.nanoTime();
    Iterator<BatchRequest<Integer>> requests =
        IntStream.range(0, count).mapToObj(number -> request(number, count)).iterator();
    asked.generateAll(
        count,
        requests,
        new BatchListener<Integer>() {
          @Override
          public void completed(Integer key, Generation answer) {}

          @Override
          public void failed(Integer key, Exception reason) {} // The real answer will say so.
        });
    return System.nanoTime() - start;
  }

  /** The first has the picture and the longest answer, each other a token less. */
  private static BatchRequest<Integer> request(int number, int count) {
    Prompt prompt =
        number == 0
            ? Prompt.create().image(picture()).text(Qwen2Vl.CAPTION_PROMPT)
            : Prompt.of("?");
    int tokens = 1 + count - number;
    GenerationOptions few =
        GenerationOptions.greedy().check(false).minNewTokens(tokens).maxNewTokens(tokens);
    return new BatchRequest<>(number, () -> prompt, few);
  }

  private static RgbImage picture() {
    byte[] samples = new byte[SIDE * SIDE * RgbImage.CHANNELS];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) (i * STEP);
    }
    return RgbImage.of(SIDE, SIDE, samples);
  }
}
