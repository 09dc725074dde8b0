package dev.loupe.engine;

import dev.loupe.engine.text.TextConfig;
import dev.loupe.vision.VisionConfig;

/**
 * What answers need in memory beside the weights, in bytes, computed from the shapes of a model.
 * All of it lies outside the Java heap.
 *
 * @param config the shapes
 */
public record ModelMemory(Qwen2VlConfig config) {

  /** A larger batch gains little on a CPU: eight rows already share each weight that is read. */
  public static final int LARGEST_BATCH = 8;

  /** Tokens of a question and the template around it. */
  private static final int QUESTION = 64;

  /** Copies of a row's widest vectors that a layer holds at once, with those it came from. */
  private static final int ROWS_AT_ONCE = 3;

  /**
   * The keys and values of one answer, at most.
   *
   * @param pictureTokens tokens of the picture
   */
  public long answer(int pictureTokens, GenerationOptions options) {
    TextConfig text = config.text();
    return 2L
        * text.numHiddenLayers()
        * text.numKeyValueHeads()
        * text.headDim()
        * Float.BYTES
        * Math.min(promptAndAnswer(pictureTokens, options), text.maxPositionEmbeddings());
  }

  private static long promptAndAnswer(int pictureTokens, GenerationOptions options) {
    return (long) pictureTokens
        + QUESTION
        + options.maxNewTokens().orElse(GenerationOptions.DEFAULT_MAX_NEW_TOKENS);
  }

  /**
   * The scratch memory of one pass over the largest picture and its prompt, about: a few rows of
   * activations for each patch in the tower, and for each token in the decoder.
   *
   * @param pictureTokens tokens of the picture
   */
  public long scratch(int pictureTokens, GenerationOptions options) {
    VisionConfig vision = config.vision();
    TextConfig text = config.text();
    long patch = (long) ROWS_AT_ONCE * (vision.embedDim() + vision.embedDim() * vision.mlpRatio());
    long token = (long) ROWS_AT_ONCE * (text.hiddenSize() + text.intermediateSize());
    long tower = patch * pictureTokens * vision.mergeUnit();
    long decoder = token * promptAndAnswer(pictureTokens, options);
    return Float.BYTES * Math.max(tower, decoder);
  }

  /**
   * How many answers fit side by side, at most {@link #LARGEST_BATCH}.
   *
   * @param room for all of them
   * @param each what {@link #answer} says
   */
  public static int batch(long room, long each) {
    return Math.clamp(room / each, 1, LARGEST_BATCH);
  }
}
