package dev.loupe.cli.caption;

import dev.loupe.cli.folder.FileNames;
import dev.loupe.cli.folder.PictureEstimate;
import dev.loupe.cli.folder.Plan;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelMemory;
import dev.loupe.engine.Qwen2Vl;
import java.util.Locale;
import java.util.Optional;

/**
 * How many pictures go through the model in one batch.
 *
 * @param batch how many pictures
 * @param bytes size of the keys and values of the largest picture
 */
record BatchSize(int batch, long bytes) {

  private static final double GIGABYTE = 1e9;

  /**
   * The size asked for, or as many pictures as fit into the maximum heap size; by default that is a
   * quarter of the machine's memory.
   */
  static BatchSize of(
      Qwen2Vl model,
      GenerationOptions options,
      Optional<PictureEstimate> estimate,
      Optional<Integer> asked) {
    ModelMemory memory = new ModelMemory(model.config());
    long bytes = memory.answer(estimate.map(PictureEstimate::tokens).orElse(0), options);
    int fits = ModelMemory.batch(Runtime.getRuntime().maxMemory(), bytes);
    return new BatchSize(asked.orElse(fits), bytes);
  }

  /** What pictures of this size need, in a sentence. */
  String explain(PictureEstimate estimate, Plan plan) {
    return String.format(
        Locale.ROOT,
        "about %d tokens a picture, measured on %d of %d; the largest of them, %s with %d x %d pixels, has %d; a batch of %d needs %.2f GB besides the model",
        estimate.mean(),
        estimate.sampled(),
        plan.todo().size(),
        FileNames.shown(estimate.largest().path()),
        estimate.header().width(),
        estimate.header().height(),
        estimate.tokens(),
        batch,
        batch * bytes / GIGABYTE);
  }
}
