package dev.loupe.cli.caption;

import dev.loupe.cli.folder.PictureEstimate;
import dev.loupe.engine.BatchListener;
import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.Generation;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelCost;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.vision.image.RgbImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Answers that are not kept: about a picture, and to a short prompt side by side.
 *
 * @param cost counts operations
 * @param tokens of the picture
 * @param prompt with the picture
 * @param batch answers side by side
 */
record FolderTrial(
    Qwen2Vl model,
    ModelCost cost,
    int tokens,
    Prompt prompt,
    GenerationOptions options,
    int batch) {

  /** A picture so large that products have their usual speed: 144 tokens. */
  private static final int SIDE = 336;

  /** Tokens after the first one in a trial of answers side by side. */
  private static final int STEPS = 8;

  /** Trials become faster by this factor while code is compiled. */
  private static final double FASTER = 0.9;

  private static final int MOST_TRIALS = 4;

  /** Work of this many trials is worth some of them. */
  private static final int WORTH = 20;

  /** Fewer operations are a matter of seconds: 2 TFLOP. */
  private static final double SMALL = 2e12;

  private static final double NANOS = 1e9;

  /**
   * Measures a model with trials on a gray picture.
   *
   * @param config options and question of the folder
   * @param batch answers side by side
   * @return empty if the pictures are so few or small that they are not worth it, or a trial fails,
   *     as the pictures then will, each with its reason
   */
  static Optional<FolderTime> measure(
      Qwen2Vl model, RunConfig config, PictureEstimate estimate, int pictures, int batch) {
    ModelCost cost = new ModelCost(model.config(), 0, 0);
    int tokens = config.images().tokens(SIDE, SIDE);
    double work = pictures * estimate.average(each -> FolderTime.tower(cost, each));
    if (work < Math.max(SMALL, WORTH * FolderTime.tower(cost, tokens))) {
      return Optional.empty();
    }
    String question = config.prompt().fill(estimate.largest(), "");
    RgbImage gray = RgbImage.of(SIDE, SIDE, new byte[SIDE * SIDE * RgbImage.CHANNELS]);
    Prompt prompt = Prompt.create().image(gray).text(question);
    GenerationOptions options = config.options().withoutSampling().check(false);
    try {
      return Optional.of(new FolderTrial(model, cost, tokens, prompt, options, batch).fastest());
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  /**
   * The fastest of some trials, until one is not much faster than those before: other work on the
   * machine comes and goes, and makes a short trial longer by far more than a folder.
   */
  private FolderTime fastest() {
    FolderTime best = once();
    boolean steady = false;
    for (int n = 1; n < MOST_TRIALS && !steady; n++) {
      FolderTime next = once();
      steady = next.seconds(STEPS) > FASTER * best.seconds(STEPS);
      best = best.faster(next);
    }
    return best;
  }

  /** One trial. */
  FolderTime once() {
    Generation first = model.generate(prompt, options.minNewTokens(0).maxNewTokens(1));
    return new FolderTime(
        cost,
        tokens,
        first.promptTokens(),
        seconds(first.timings().image()),
        seconds(first.timings().prefill()),
        tokenSeconds());
  }

  /** Of answers to a short prompt, so that hardly any time passes between their begins. */
  private double tokenSeconds() {
    Prompt question = Prompt.of("?");
    GenerationOptions few = options.minNewTokens(STEPS + 1).maxNewTokens(STEPS + 1);
    List<Double> decodes = new ArrayList<>();
    model.generateAll(
        batch,
        Collections.nCopies(batch, new BatchRequest<>(question, () -> question, few)).iterator(),
        new BatchListener<>() {
          @Override
          public void completed(Prompt key, Generation answer) {
            int steps = Math.max(1, answer.tokens().size() - 1);
            decodes.add(seconds(answer.timings().decode()) / steps);
          }

          @Override
          public void failed(Prompt key, Exception reason) {
            throw new IllegalStateException("a short prompt got no answer", reason);
          }
        });
    return decodes.stream().mapToDouble(d -> d).min().orElse(0) / batch;
  }

  private static double seconds(Duration time) {
    return time.toNanos() / NANOS;
  }
}
