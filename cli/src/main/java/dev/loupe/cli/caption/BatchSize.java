package dev.loupe.cli.caption;

import dev.loupe.cli.folder.FileNames;
import dev.loupe.cli.folder.PictureEstimate;
import dev.loupe.cli.folder.Plan;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.text.TextConfig;
import java.util.Locale;
import java.util.Optional;

/**
 * How many pictures go through the model side by side.
 *
 * @param batch how many
 * @param bytes keys and values of the largest
 */
record BatchSize(int batch, long bytes) {

  /** More gains little on a CPU: eight rows share each weight that is read. */
  private static final int LARGEST = 8;

  /** Tokens of a question and the template around it. */
  private static final int QUESTION = 64;

  private static final double GIGABYTE = 1e9;

  /**
   * As asked for, or as many as fit into as much memory as Java takes for itself by default, a
   * quarter of the machine's.
   */
  static BatchSize of(
      Qwen2Vl model,
      GenerationOptions options,
      Optional<PictureEstimate> estimate,
      Optional<Integer> asked) {
    TextConfig text = model.config().text();
    long tokens =
        estimate.map(PictureEstimate::tokens).orElse(0)
            + QUESTION
            + options.maxNewTokens().orElse(GenerationOptions.DEFAULT_MAX_NEW_TOKENS);
    long bytes =
        2L
            * text.numHiddenLayers()
            * text.numKeyValueHeads()
            * text.headDim()
            * Float.BYTES
            * Math.min(tokens, text.maxPositionEmbeddings());
    int fits = Math.clamp(Runtime.getRuntime().maxMemory() / bytes, 1, LARGEST);
    return new BatchSize(asked.orElse(fits), bytes);
  }

  /** What pictures this large take, in a sentence. */
  String explain(PictureEstimate estimate, Plan plan) {
    return String.format(
        Locale.ROOT,
        "about %d tokens a picture, by %d of %d; the largest of them, %s with %d x %d pixels, has %d; %d side by side need %.2f GB beside the model",
        estimate.mean(),
        estimate.looked(),
        plan.todo().size(),
        FileNames.shown(estimate.largest().path()),
        estimate.header().width(),
        estimate.header().height(),
        estimate.tokens(),
        batch,
        batch * bytes / GIGABYTE);
  }
}
