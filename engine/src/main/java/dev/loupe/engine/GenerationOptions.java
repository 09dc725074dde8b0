package dev.loupe.engine;

import dev.loupe.engine.sampling.MinP;
import dev.loupe.engine.sampling.RepetitionPenalty;
import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.engine.sampling.SamplingSettings;
import dev.loupe.engine.sampling.Temperature;
import dev.loupe.engine.sampling.TiePolicy;
import dev.loupe.engine.sampling.TopK;
import dev.loupe.engine.sampling.TopP;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * How to answer. Immutable; each method with an argument returns a changed copy.
 *
 * <pre>{@code
 * GenerationOptions.greedy().maxNewTokens(64).maxPixels(512 * 28 * 28)
 * GenerationOptions.greedy().sample(1234).temperature(0.7).topP(0.9).stop("\n\n")
 * }</pre>
 *
 * <p>Whatever is not set here is as {@code generation_config.json} says, and where that says
 * nothing, as transformers does it. Numbers out of range are an {@link IllegalArgumentException} at
 * once.
 */
public final class GenerationOptions {

  /** The longest answer where neither the caller nor {@code generation_config.json} says. */
  public static final int DEFAULT_MAX_NEW_TOKENS = 128;

  /** The values, which nobody changes once they are inside. */
  private static final class Values implements Cloneable {
    private OptionalInt maxNewTokens = OptionalInt.empty();
    private OptionalInt minNewTokens = OptionalInt.empty();
    private List<String> stop = List.of();
    private OptionalInt repetitionGuard = OptionalInt.empty();
    private OptionalInt minPixels = OptionalInt.empty();
    private OptionalInt maxPixels = OptionalInt.empty();
    private OptionalLong seed = OptionalLong.empty();
    private boolean modelDecides;
    private Optional<SamplingSettings> sampling = Optional.empty();
    private OptionalDouble temperature = OptionalDouble.empty();
    private OptionalInt topK = OptionalInt.empty();
    private OptionalDouble topP = OptionalDouble.empty();
    private OptionalDouble minP = OptionalDouble.empty();
    private OptionalDouble repetitionPenalty = OptionalDouble.empty();
    private SamplingRemedy remedy = SamplingRemedy.NONE;
    private boolean check = true;

    private Values copy() {
      try {
        return (Values) clone();
      } catch (CloneNotSupportedException e) {
        throw new IllegalStateException(e);
      }
    }

    /** All values by name, for comparing and printing. */
    private Map<String, Object> all() {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("maxNewTokens", maxNewTokens);
      all.put("minNewTokens", minNewTokens);
      all.put("stop", stop);
      all.put("repetitionGuard", repetitionGuard);
      all.put("minPixels", minPixels);
      all.put("maxPixels", maxPixels);
      all.put("seed", seed);
      all.put("modelDecides", modelDecides);
      all.put("sampling", sampling);
      all.put("temperature", temperature);
      all.put("topK", topK);
      all.put("topP", topP);
      all.put("minP", minP);
      all.put("repetitionPenalty", repetitionPenalty);
      all.put("remedy", remedy);
      all.put("check", check);
      return all;
    }
  }

  private final Values values;

  private GenerationOptions(Values values) {
    this.values = values;
  }

  /**
   * The most likely token each time; pictures within the model's own limits, scores checked. A
   * repetition penalty of the model holds.
   */
  public static GenerationOptions greedy() {
    return new GenerationOptions(new Values());
  }

  /**
   * As {@code generation_config.json} says: drawn from this seed where it sets {@code do_sample},
   * else the most likely token each time.
   */
  public static GenerationOptions ofModel(long seed) {
    return greedy()
        .changed(v -> {
          v.seed = OptionalLong.of(seed);
          v.modelDecides = true;
        });
  }

  private GenerationOptions changed(Consumer<Values> change) {
    Values copy = values.copy();
    change.accept(copy);
    return new GenerationOptions(copy);
  }

  private static int atLeast(int least, String name, int found) {
    if (found < least) {
      throw new IllegalArgumentException(
          "%s: expected at least %d, found %d".formatted(name, least, found));
    }
    return found;
  }

  /**
   * The longest answer in tokens, the ending one included, at least 1. It is an upper limit: where
   * the model's context ends first, the answer ends there, with {@link FinishReason#LENGTH}.
   */
  public GenerationOptions maxNewTokens(int tokens) {
    atLeast(1, "max_new_tokens", tokens);
    return changed(v -> v.maxNewTokens = OptionalInt.of(tokens));
  }

  /**
   * The shortest answer in tokens, the ending one not counted. The model may not end it before; a
   * stop string, the repetition guard and cancellation still do. More than the model's context or
   * the longest answer leaves room for is refused before anything is computed.
   */
  public GenerationOptions minNewTokens(int tokens) {
    atLeast(0, "min_new_tokens", tokens);
    return changed(v -> v.minNewTokens = OptionalInt.of(tokens));
  }

  /**
   * Texts that end an answer, wherever they arise, also across tokens. The text returned ends
   * before the earliest of them, and no part of it is ever shown; the tokens keep the one that
   * completed it. Without an argument those of {@code generation_config.json} hold.
   *
   * @throws IllegalArgumentException if one is empty
   */
  public GenerationOptions stop(String... texts) {
    return stop(List.of(texts));
  }

  /** The same from a list. */
  public GenerationOptions stop(List<String> texts) {
    List<String> copy = List.copyOf(texts);
    if (copy.contains("")) {
      throw new IllegalArgumentException("stop: expected texts, found an empty one");
    }
    return changed(v -> v.stop = copy);
  }

  /**
   * Ends an answer, with {@link FinishReason#REPETITION}, once its last tokens are one run of at
   * most {@link RepetitionGuard#LONGEST_RUN} tokens that many times in succession. Off by default.
   * A number such as 1,000,000 repeats a digit six times, so choose more than that.
   *
   * @param times at least 2
   */
  public GenerationOptions repetitionGuard(int times) {
    atLeast(2, "repetition guard", times);
    return changed(v -> v.repetitionGuard = OptionalInt.of(times));
  }

  /** Enlarge smaller pictures to about this area in pixels. */
  public GenerationOptions minPixels(int pixels) {
    atLeast(1, "min_pixels", pixels);
    requireOrder(OptionalInt.of(pixels), values.maxPixels);
    return changed(v -> v.minPixels = OptionalInt.of(pixels));
  }

  /** Shrink larger pictures to about this area in pixels. */
  public GenerationOptions maxPixels(int pixels) {
    atLeast(1, "max_pixels", pixels);
    requireOrder(values.minPixels, OptionalInt.of(pixels));
    return changed(v -> v.maxPixels = OptionalInt.of(pixels));
  }

  private static void requireOrder(OptionalInt min, OptionalInt max) {
    if (min.isPresent() && max.isPresent() && min.getAsInt() > max.getAsInt()) {
      throw new IllegalArgumentException(
          "min_pixels: expected at most max_pixels (%d), found %d"
              .formatted(max.getAsInt(), min.getAsInt()));
    }
  }

  /**
   * Draw tokens, by the rules of {@code generation_config.json}, as {@code torch.manual_seed} and
   * {@code generate(do_sample=True)} do on PyTorch's CPU.
   */
  public GenerationOptions sample(long seed) {
    return changed(v -> {
      v.seed = OptionalLong.of(seed);
      v.modelDecides = false;
    });
  }

  /** Draw tokens by these rules; what is set one by one goes before them. */
  public GenerationOptions sample(long seed, SamplingSettings settings) {
    settings.requireRanges();
    return sample(seed).changed(v -> v.sampling = Optional.of(settings));
  }

  /** Take the most likely token each time instead of drawing. */
  public GenerationOptions withoutSampling() {
    return changed(v -> {
      v.seed = OptionalLong.empty();
      v.modelDecides = false;
    });
  }

  /** {@link Temperature} of a draw, above 0. It acts where tokens are drawn. */
  public GenerationOptions temperature(double temperature) {
    new Temperature(temperature);
    return changed(v -> v.temperature = OptionalDouble.of(temperature));
  }

  /** {@link TopK} of a draw; 0 switches it off. It acts where tokens are drawn. */
  public GenerationOptions topK(int k) {
    atLeast(0, "top_k", k);
    return changed(v -> v.topK = OptionalInt.of(k));
  }

  /** {@link TopP} of a draw, 0 to 1; 1 switches it off. It acts where tokens are drawn. */
  public GenerationOptions topP(double p) {
    new TopP(p, TiePolicy.TORCH_CPU);
    return changed(v -> v.topP = OptionalDouble.of(p));
  }

  /** {@link MinP} of a draw, 0 to 1; 0 switches it off. It acts where tokens are drawn. */
  public GenerationOptions minP(double p) {
    new MinP(p);
    return changed(v -> v.minP = OptionalDouble.of(p));
  }

  /** {@link RepetitionPenalty} above 0; 1 switches it off. It acts on the most likely token too. */
  public GenerationOptions repetitionPenalty(double penalty) {
    new RepetitionPenalty(penalty);
    return changed(v -> v.repetitionPenalty = OptionalDouble.of(penalty));
  }

  /** What stands between bad probabilities and the draw. It hides a failure, it mends nothing. */
  public GenerationOptions remedy(SamplingRemedy remedy) {
    return changed(v -> v.remedy = remedy);
  }

  /** Whether scores that are not finite end the answer with {@link NonFiniteLogitsException}. */
  public GenerationOptions check(boolean check) {
    return changed(v -> v.check = check);
  }

  /** The longest answer; empty: as the model says, else {@link #DEFAULT_MAX_NEW_TOKENS}. */
  public OptionalInt maxNewTokens() {
    return values.maxNewTokens;
  }

  /** The shortest answer; empty: as the model says. */
  public OptionalInt minNewTokens() {
    return values.minNewTokens;
  }

  /** The texts that end an answer; empty: as the model says. */
  public List<String> stop() {
    return values.stop;
  }

  /** How many repeats of a run end an answer; empty: none does. */
  public OptionalInt repetitionGuard() {
    return values.repetitionGuard;
  }

  /** The area up to which smaller pictures are enlarged; empty: the model's own limit. */
  public OptionalInt minPixels() {
    return values.minPixels;
  }

  /** The area to which larger pictures are shrunk; empty: the model's own limit. */
  public OptionalInt maxPixels() {
    return values.maxPixels;
  }

  /** The seed of PyTorch's CPU generator; empty: nothing is drawn. */
  public OptionalLong seed() {
    return values.seed;
  }

  /** The rules given as a whole, before what is set one by one; empty: those of the model. */
  public Optional<SamplingSettings> sampling() {
    return values.sampling;
  }

  /** What stands between bad probabilities and the draw. */
  public SamplingRemedy remedy() {
    return values.remedy;
  }

  /** Whether scores that are not finite end the answer. */
  public boolean check() {
    return values.check;
  }

  /**
   * The rules of the choice for a model.
   *
   * @param makers what its {@code generation_config.json} says
   */
  public SamplingSettings rules(SamplingSettings makers) {
    SamplingSettings base = values.sampling.orElse(makers);
    return new SamplingSettings(
        values.seed.isPresent() && (!values.modelDecides || makers.doSample()),
        values.repetitionPenalty.orElse(base.repetitionPenalty()),
        values.minNewTokens.orElse(base.minNewTokens()),
        base.removeInvalidValues() || values.remedy == SamplingRemedy.REMOVE_INVALID,
        values.temperature.orElse(base.temperature()),
        values.topK.orElse(base.topK()),
        values.topP.orElse(base.topP()),
        values.minP.orElse(base.minP()),
        base.ties());
  }

  /** The lower limit for a model with these: never above an upper limit that was asked for. */
  long minPixels(long modelMin, long modelMax) {
    return values.minPixels.isPresent()
        ? values.minPixels.getAsInt()
        : Math.min(modelMin, values.maxPixels.isPresent() ? values.maxPixels.getAsInt() : modelMax);
  }

  /** The upper limit for a model with these: never below a lower limit that was asked for. */
  long maxPixels(long modelMin, long modelMax) {
    return values.maxPixels.isPresent()
        ? values.maxPixels.getAsInt()
        : Math.max(modelMax, values.minPixels.isPresent() ? values.minPixels.getAsInt() : modelMin);
  }

  /**
   * How pictures are made ready.
   *
   * @param makers what the model's {@code preprocessor_config.json} says
   */
  public ImageProcessorConfig pictures(ImageProcessorConfig makers) {
    return makers.withPixels(
        minPixels(makers.minPixels(), makers.maxPixels()),
        maxPixels(makers.minPixels(), makers.maxPixels()));
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof GenerationOptions other && values.all().equals(other.values.all());
  }

  @Override
  public int hashCode() {
    return values.all().hashCode();
  }

  /** What differs from {@link #greedy()}. */
  @Override
  public String toString() {
    Map<String, Object> set = values.all();
    set.entrySet().removeAll(new Values().all().entrySet());
    return "GenerationOptions" + set;
  }
}
