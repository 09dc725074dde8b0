package dev.loupe.spark;

import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelMemory;
import dev.loupe.engine.PictureLimit;
import dev.loupe.engine.Qwen2Vl;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What can be set, defined once for all ways to use it: {@code maxNewTokens} is a param of {@link
 * LoupeCaptioner}, {@code spark.loupe.maxNewTokens} a setting of the SQL function, and {@code
 * --max-new-tokens} an option of {@link CaptionPictures}.
 */
enum CaptionSetting {
  MODEL(
      "model",
      Kind.TEXT,
      "a name of a file or folder that Spark shipped (--files, --archives, addFile), a folder that each executor has, or"
          + " org/name[@revision] in each executor's Hugging Face cache; the built-in captioner if absent"),
  TOKENIZER(
      "tokenizer", Kind.TEXT, "a folder with the tokenizer's files, for a checkpoint without one"),
  PROMPT("prompt", Kind.TEXT, "what to ask; \"" + Qwen2Vl.CAPTION_PROMPT + "\" if absent"),
  MAX_NEW_TOKENS(
      "maxNewTokens",
      Kind.INTEGER,
      "the longest answer in tokens; "
          + GenerationOptions.DEFAULT_MAX_NEW_TOKENS
          + " if neither this nor the model says"),
  SEED(
      "seed",
      Kind.LONG,
      "draw tokens as torch.manual_seed does on PyTorch's CPU, each picture from this seed; the most likely tokens if absent"),
  TEMPERATURE("temperature", Kind.DOUBLE, "with a seed: divide the scores by this"),
  TOP_K("topK", Kind.INTEGER, "with a seed: draw from so many most likely tokens; 0 for all"),
  TOP_P("topP", Kind.DOUBLE, "with a seed: draw from the most likely tokens of this probability"),
  MIN_PIXELS("minPixels", Kind.INTEGER, "enlarge pictures below this area"),
  MAX_PIXELS(
      "maxPixels",
      Kind.TEXT,
      "shrink pictures above this area; \"model\" for the model's own limit, which is at most "
          + PictureLimit.SAFE_MAX_PIXELS
          + " if absent"),
  DETAIL(
      "detail",
      Kind.TEXT,
      "how much of a picture the model sees, within its own limit: low (256 tokens), medium "
          + "(512), high (1024) or full; instead of maxPixels"),
  DECODE_TIMEOUT("decodeTimeout", Kind.DOUBLE, "seconds after which a picture is given up; 20"),
  DTYPE("dtype", Kind.TEXT, "float32, bfloat16 or float16; float32 if absent"),
  ATTENTION("attention", Kind.TEXT, "eager or sdpa; sdpa if absent"),
  REMEDY("remedy", Kind.TEXT, "against overflow in float16, as in the command line"),
  ARITHMETIC("arithmetic", Kind.TEXT, "how products are summed, as in the command line"),
  ACCUMULATOR("accumulator", Kind.TEXT, "with a matrix unit: float32 or float16"),
  ARITHMETIC_FOR("arithmeticFor", Kind.TEXT, "with a matrix unit: all or attention"),
  WEIGHTS(
      "weights",
      Kind.TEXT,
      "round the matrices to integers when they are packed, as in the command line: int8, int4 or parts;"
          + " changes answers"),
  CACHE_DIR(
      "cacheDir",
      Kind.TEXT,
      "the folder of each host that keeps packed weights, which its executors share; \"none\" for no such"
          + " folder; ~/.cache/loupe if absent"),
  BATCH(
      "batch",
      Kind.INTEGER,
      "pictures that an executor computes side by side, whichever tasks they belong to; as many as fit, up to "
          + ModelMemory.LARGEST_BATCH
          + ", if absent; changes no caption"),
  THREADS(
      "threads",
      Kind.INTEGER,
      "threads that compute in an executor; spark.task.cpus for each task that it runs at once if absent;"
          + " changes no caption");

  /** Before the name of a setting in the configuration of Spark. */
  static final String PREFIX = "spark.loupe.";

  /** How a value is written. */
  enum Kind {
    TEXT("a text", "TEXT"),
    INTEGER("a whole number", "N"),
    LONG("a whole number", "N"),
    DOUBLE("a number", "X");

    private final String inWords;
    private final String placeholder;

    Kind(String inWords, String placeholder) {
      this.inWords = inWords;
      this.placeholder = placeholder;
    }

    /** What stands for a value in a help text. */
    String placeholder() {
      return placeholder;
    }
  }

  private final String shown;
  private final Kind kind;
  private final String description;

  CaptionSetting(String shown, Kind kind, String description) {
    this.shown = shown;
    this.kind = kind;
    this.description = description;
  }

  /** The setting of this name, such as {@code maxNewTokens}. */
  static Optional<CaptionSetting> of(String name) {
    return Arrays.stream(values()).filter(each -> each.shown.equals(name)).findFirst();
  }

  /** All names, for messages. */
  static String names() {
    return Arrays.stream(values()).map(each -> each.shown).collect(Collectors.joining(", "));
  }

  /** Its name. */
  String shown() {
    return shown;
  }

  /** Its name as an option of a command: {@code --max-new-tokens}. */
  String option() {
    return "--" + shown.replaceAll("[A-Z]", "-$0").toLowerCase(Locale.ROOT);
  }

  Kind kind() {
    return kind;
  }

  /** What it is for, without a full stop. */
  String description() {
    return description;
  }

  /**
   * The value that this text stands for: a String, Integer, Long or Double.
   *
   * @throws IllegalArgumentException if it stands for none
   */
  Object typed(String value) {
    try {
      return switch (kind) {
        case TEXT -> value;
        case INTEGER -> Integer.valueOf(value);
        case LONG -> Long.valueOf(value);
        case DOUBLE -> Double.valueOf(value);
      };
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s: expected %s, found %s".formatted(shown, kind.inWords, value), e);
    }
  }
}
