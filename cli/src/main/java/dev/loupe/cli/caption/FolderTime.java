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
 * About how long the captions of a folder take on this machine. The model answers about a gray
 * picture, as a trial. Tower and prompt take more time as they have more operations, so that large
 * pictures count by their square too; a token of some answers side by side takes the same time.
 *
 * @param cost counts operations
 * @param trial the tokens of the gray picture
 * @param prompt the tokens of the trial's prompt, with the picture
 * @param image seconds of the tower
 * @param prefill seconds of the decoder over the prompt
 * @param token seconds of a token of one answer, of those that have their tokens at once
 */
record FolderTime(
    ModelCost cost, int trial, int prompt, double image, double prefill, double token) {

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
   * Measures with trials, whose answers are not kept.
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
    double work = pictures * estimate.average(each -> pictureFlops(cost, each));
    if (work < Math.max(SMALL, WORTH * pictureFlops(cost, tokens))) {
      return Optional.empty();
    }
    String question = config.prompt().fill(estimate.largest(), "");
    RgbImage gray = RgbImage.of(SIDE, SIDE, new byte[SIDE * SIDE * RgbImage.CHANNELS]);
    Prompt prompt = Prompt.create().image(gray).text(question);
    GenerationOptions options = config.options().withoutSampling().check(false);
    try {
      return Optional.of(fastest(model, cost, tokens, prompt, options, batch));
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  /**
   * The fastest of some trials, until one is not much faster than those before: other work on the
   * machine comes and goes, and makes a short trial longer by far more than a folder.
   */
  private static FolderTime fastest(
      Qwen2Vl model,
      ModelCost cost,
      int tokens,
      Prompt prompt,
      GenerationOptions options,
      int batch) {
    FolderTime best = trial(model, cost, tokens, prompt, options, batch);
    boolean steady = false;
    for (int n = 1; n < MOST_TRIALS && !steady; n++) {
      FolderTime next = trial(model, cost, tokens, prompt, options, batch);
      steady = next.seconds() > FASTER * best.seconds();
      best = best.faster(next);
    }
    return best;
  }

  private static double pictureFlops(ModelCost cost, int tokens) {
    return cost.pictureFlops(tokens * cost.config().vision().mergeUnit());
  }

  /** Answers about a picture of {@code tokens} tokens, and to a short prompt side by side. */
  static FolderTime trial(
      Qwen2Vl model,
      ModelCost cost,
      int tokens,
      Prompt prompt,
      GenerationOptions options,
      int batch) {
    Generation first = model.generate(prompt, options.minNewTokens(0).maxNewTokens(1));
    return new FolderTime(
        cost,
        tokens,
        first.promptTokens(),
        seconds(first.timings().image()),
        seconds(first.timings().prefill()),
        tokenSeconds(model, options.minNewTokens(STEPS + 1).maxNewTokens(STEPS + 1), batch));
  }

  /** Of answers to a short prompt, so that hardly any time passes between their begins. */
  private static double tokenSeconds(Qwen2Vl model, GenerationOptions options, int batch) {
    Prompt prompt = Prompt.of("?");
    List<Double> decodes = new ArrayList<>();
    model.generateAll(
        batch,
        Collections.nCopies(batch, new BatchRequest<>(prompt, () -> prompt, options)).iterator(),
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

  /** Of the trial. */
  private double seconds() {
    return image + prefill + token * STEPS;
  }

  /** The smaller time of each part. */
  private FolderTime faster(FolderTime other) {
    return new FolderTime(
        cost,
        trial,
        prompt,
        Math.min(image, other.image),
        Math.min(prefill, other.prefill),
        Math.min(token, other.token));
  }

  /**
   * What a folder takes.
   *
   * @param estimate of its pictures
   * @param tokens of each caption
   */
  Duration of(PictureEstimate estimate, int pictures, int tokens) {
    double encode =
        estimate.average(each -> pictureFlops(cost, each)) / pictureFlops(cost, trial) * image;
    int question = prompt - trial;
    double prompts =
        estimate.average(each -> cost.prefillFlops(each + question))
            / cost.prefillFlops(prompt)
            * prefill;
    double each = encode + prompts + (tokens - 1) * token;
    return Duration.ofMillis(Math.round(1000 * pictures * each));
  }
}
