package dev.loupe.engine;

import dev.loupe.vision.image.RgbImage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Answers that nobody hears, so that the compiler has the kernels before somebody waits for one.
 *
 * <p>A kernel is compiled after some calls, and until then each call takes a thousand times as
 * long. There is one for each count of rows, up to a tile: those of answers that grow side by side,
 * of tokens that were guessed, and of the last rows of a prompt. So answers and prompts of many
 * lengths come first, from the first layers of the model alone, which call all kernels. Then the
 * whole model answers once, because its weights have to be read for the first time.
 */
final class WarmUp {

  /** Side of a picture of 36 tokens. */
  private static final int SIDE = 6 * 28;

  /** Side of a picture of one token. */
  private static final int SMALL_SIDE = 28;

  /** As if by a camera: no two patches are alike. */
  private static final int STEP = 7;

  /** A round that takes more than this of the one before was not slowed by the compiler. */
  private static final double AS_FAST = 0.9;

  /** On a slow machine fewer rounds are waited for. */
  private static final Duration ENOUGH = Duration.ofSeconds(8);

  private final RequestQueue whole;
  private final RequestQueue firstLayers;
  private final int width;

  /** The text of the last prompt; each is longer than the one before. */
  private final StringBuilder text = new StringBuilder("?");

  /**
   * @param requests to the model
   * @param batch how many answers will be made side by side later on, at least 1
   */
  WarmUp(RequestQueue requests, int batch) {
    if (batch < 1) {
      throw new IllegalArgumentException("batch: expected at least 1, found " + batch);
    }
    this.whole = requests;
    this.firstLayers = new RequestQueue(requests.model().firstLayers(), requests.lock());
    this.width = Math.max(batch, 1 + Guesser.LONGEST);
  }

  void run() {
    untilItTakesNoLessTime();
    answer(whole, List.of(request(0, picture(SMALL_SIDE), 2)));
  }

  private void untilItTakesNoLessTime() {
    long start = System.nanoTime();
    long before = Long.MAX_VALUE;
    long time = answer(firstLayers, manyLengths());
    while (time < AS_FAST * before && System.nanoTime() - start < ENOUGH.toNanos()) {
      before = time;
      time = answer(firstLayers, manyLengths());
    }
  }

  /** As they end one after the other, the batch becomes narrower. */
  private List<BatchRequest<Integer>> manyLengths() {
    return IntStream.range(0, width)
        .mapToObj(n -> request(n, n == 0 ? picture(SIDE) : nextText(), 1 + width - n))
        .toList();
  }

  private Prompt nextText() {
    return Prompt.of(text.append(" ?").toString());
  }

  private static BatchRequest<Integer> request(int number, Prompt prompt, int tokens) {
    GenerationOptions few =
        GenerationOptions.greedy()
            .check(false)
            .minPixels(1) // A model may want to enlarge pictures; these are to stay small.
            .maxPixels(SIDE * SIDE)
            .minNewTokens(tokens)
            .maxNewTokens(tokens);
    return new BatchRequest<>(number, () -> prompt, few);
  }

  /** Returns the nanoseconds that these answers, side by side, took. */
  private static long answer(RequestQueue asked, List<BatchRequest<Integer>> requests) {
    long start = System.nanoTime();
    asked.answerAll(
        requests.size(),
        requests.iterator(),
        new BatchListener<Integer>() {
          @Override
          public void completed(Integer key, Generation answer) {}

          @Override
          public void failed(Integer key, Exception reason) {} // The real answer will say so.
        },
        Optional.empty());
    return System.nanoTime() - start;
  }

  private static Prompt picture(int side) {
    byte[] samples = new byte[side * side * RgbImage.CHANNELS];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) (i * STEP);
    }
    return Prompt.create().image(RgbImage.of(side, side, samples)).text(Qwen2Vl.CAPTION_PROMPT);
  }
}
