package dev.loupe.cli.options;

import dev.loupe.cli.terminal.LoadingProgress;
import dev.loupe.cli.terminal.ProgressReporter;
import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.synthetic.SyntheticModel;
import dev.loupe.engine.synthetic.SyntheticShape;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.nn.WeightConversion;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.weights.HuggingFaceCache;
import dev.loupe.weights.ModelDirectory;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which model, and how it runs: the options of every command that needs one. */
public final class ModelOptions extends OptionGroup {

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description =
          "A folder with a Qwen2-VL checkpoint; ORG/NAME[@REVISION] in the Hugging Face cache, "
              + "never downloaded; or synthetic:2b, synthetic:7b: computed weights, for measurements. "
              + "If absent: the built-in captioner, which knows coloured shapes.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--tokenizer",
      paramLabel = "FOLDER",
      description = "Take the tokenizer from this folder, for a checkpoint that has none.")
  private Optional<Path> tokenizer = Optional.empty();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "How many threads compute; all processors if absent. Changes no result.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--no-guess",
      description =
          "Run the model once for each token, and guess none ahead from the text so far. Changes no "
              + "result.")
  private boolean noGuess;

  @Option(
      names = "--weights",
      paramLabel = "BITS",
      description =
          "Round the matrices to integers when they are packed, for speed and memory; changes "
              + "answers: int8; int4, whose output layer has 8 bits; int8:128 or int4:128, where 128 "
              + "weights share a scale and not 32; or parts, those that are absent as stored: "
              + "decoder=int4,head=int8,tower=int8. Needs --dtype float32.")
  private Optional<String> weights = Optional.empty();

  @ArgGroup(exclusive = true)
  private Cache cache = new Cache();

  /** Where packed weights are kept, if anywhere. */
  private static final class Cache {

    @Option(
        names = "--cache-dir",
        paramLabel = "DIR",
        description =
            "Keep packed weights in this folder, so that the next start takes a second; "
                + "$XDG_CACHE_HOME/loupe or ~/.cache/loupe if absent. You may delete it at any time.")
    private Optional<Path> folder = Optional.empty();

    @Option(
        names = "--no-cache",
        description = "Pack the weights in memory at each start, and write nothing to the disk.")
    private boolean none;

    LoadOptions applied(LoadOptions options) {
      return none ? options.noCache() : folder.map(options::cache).orElse(options);
    }
  }

  @Option(
      names = {"-q", "--quiet"},
      description = "Show only errors, no progress and no notes.")
  private boolean quiet;

  /**
   * The files of the model. Checks that they exist, and reads none.
   *
   * @throws IOException if there is no such model
   */
  public ModelFiles files() throws IOException {
    if (threads < 1) {
      throw usage("--threads: expected at least 1, found " + threads);
    }
    if (model.isEmpty()) {
      return BuiltInModel.files();
    }
    try {
      return model.get().startsWith(SyntheticShape.PREFIX)
          ? new SyntheticModel(model.get())
          : ModelDirectory.resolve(model.get(), HuggingFaceCache.of(System.getenv()));
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  /**
   * The tokenizer alone.
   *
   * @throws IOException if the model has no tokenizer, or it is invalid
   */
  public Tokenizer tokenizer(ModelFiles files) throws IOException {
    requireTokenizer(files);
    return ModelParts.tokenizer(files, tokenizer);
  }

  /** The folder for packed weights; empty with {@code --no-cache}. */
  public Optional<Path> cacheFolder() {
    return cache.applied(LoadOptions.defaults()).cache();
  }

  /**
   * The options for loading the model.
   *
   * @throws IOException if the model has no tokenizer
   */
  public LoadOptions loadOptions(ModelFiles files, NumericsProfile profile) throws IOException {
    requireTokenizer(files);
    LoadOptions options = optionsWithoutTokenizer(profile);
    return tokenizer.map(options::tokenizer).orElse(options);
  }

  /** The same for a command that needs no tokenizer. */
  public LoadOptions optionsWithoutTokenizer(NumericsProfile profile) {
    WeightTypes types = weightTypes();
    if (!types.asStored() && profile.compute() != DType.F32) {
      throw usage(
          "--weights %s: expected --dtype float32 with it, found %s"
              .formatted(weights.get(), profile.computeName()));
    }
    LoadOptions options = LoadOptions.defaults().threads(threads).guess(!noGuess);
    return cache.applied(options.profile(profile).weights(types));
  }

  /** The integers of the weights. */
  public WeightTypes weightTypes() {
    try {
      return weights.map(WeightTypes::of).orElse(WeightTypes.AS_STORED);
    } catch (IllegalArgumentException e) {
      throw usage("--weights: " + e.getMessage());
    }
  }

  /**
   * Loads the whole model; the caller closes it. Prints, unless quiet, how many weights rounding to
   * 16 bits changed.
   *
   * @throws IOException if a file is missing or invalid
   */
  public Qwen2Vl load(
      ModelFiles files, NumericsProfile profile, ProgressReporter progress, PrintStream err)
      throws IOException {
    LoadOptions options = loadOptions(files, profile);
    Qwen2Vl loaded;
    try (LoadingProgress loading = new LoadingProgress(progress, files.name(), err, quiet)) {
      loaded = Qwen2Vl.load(files, options.listener(loading));
    }
    WeightConversion weights = loaded.weightConversion();
    if (!quiet && profile.compute() != DType.F32 && weights.weights() > 0) {
      err.println(
          "loupe: %s: of %d weights rounded to %s %d are inexact and %d overflow"
              .formatted(
                  files.name(),
                  weights.weights(),
                  profile.computeName(),
                  weights.inexact(),
                  weights.overflowed()));
    }
    return loaded;
  }

  /** The engine would report this too, but it does not know the option that helps. */
  private void requireTokenizer(ModelFiles files) throws IOException {
    if (tokenizer.isEmpty() && !files.has("tokenizer.json") && !files.has("vocab.json")) {
      throw new IOException(
          "%s: expected tokenizer.json, or vocab.json and merges.txt, found none of them; "
                  .formatted(files.location())
              + "--tokenizer FOLDER takes them from another folder");
    }
  }

  /** Whether the tokenizer comes from another folder. */
  public boolean hasTokenizer() {
    return tokenizer.isPresent();
  }

  public int threads() {
    return threads;
  }

  public boolean quiet() {
    return quiet;
  }
}
