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
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How to answer. Immutable; each method with an argument returns a changed copy.
 *
 * <pre>{@code
 * GenerationOptions.greedy().maxNewTokens(64).maxPixels(512 * 28 * 28)
 * GenerationOptions.greedy().sample(1234).temperature(0.7).topP(0.9).stop("\n\n")
 * }</pre>
 *
 * <p>Options that are not set have the values of {@code generation_config.json}, or else the
 * defaults of transformers. A number out of range is an {@link IllegalArgumentException} at once.
 */
public final class GenerationOptions {

  /** The longest answer where neither the caller nor {@code generation_config.json} says. */
  public static final int DEFAULT_MAX_NEW_TOKENS = 128;

  /** What can be set. */
  enum Key {
    MAX_NEW_TOKENS("maxNewTokens"),
    MIN_NEW_TOKENS("minNewTokens"),
    STOP("stop", List.of()),
    REPETITION_GUARD("repetitionGuard"),
    MIN_PIXELS("minPixels"),
    MAX_PIXELS("maxPixels"),
    DETAIL("detail", Detail.FULL),
    SEED("seed"),
    MODEL_DECIDES("modelDecides", false),
    SAMPLING("sampling"),
    TEMPERATURE("temperature"),
    TOP_K("topK"),
    TOP_P("topP"),
    MIN_P("minP"),
    REPETITION_PENALTY("repetitionPenalty"),
    REMEDY("remedy", SamplingRemedy.NONE),
    CHECK("check", true);

    private final String shown;
    private final Object absent;

    /** A value for which the model may have a default. */
    Key(String shown) {
      this(shown, null);
    }

    /** A value that is this one where it is not set. */
    Key(String shown, Object absent) {
      this.shown = shown;
      this.absent = absent;
    }

    @Override
    public String toString() {
      return shown;
    }
  }

  /** The values that differ from {@link #greedy}. */
  private final Map<Key, Object> values;

  private GenerationOptions(Map<Key, Object> values) {
    this.values = values;
  }

  /**
   * The most likely token each time; pictures within the model's own limits, scores checked. The
   * repetition penalty of the model applies.
   */
  public static GenerationOptions greedy() {
    return new GenerationOptions(new EnumMap<>(Key.class));
  }

  /**
   * As {@code generation_config.json} says: drawn from this seed where it sets {@code do_sample},
   * else the most likely token each time.
   */
  public static GenerationOptions ofModel(long seed) {
    return greedy().with(Key.SEED, seed).with(Key.MODEL_DECIDES, true);
  }

  private GenerationOptions with(Key key, Object value) {
    Map<Key, Object> changed = new EnumMap<>(values);
    if (value.equals(key.absent)) {
      changed.remove(key);
    } else {
      changed.put(key, value);
    }
    return new GenerationOptions(changed);
  }

  private GenerationOptions without(Key key) {
    Map<Key, Object> changed = new EnumMap<>(values);
    changed.remove(key);
    return new GenerationOptions(changed);
  }

  private Object value(Key key) {
    return values.getOrDefault(key, key.absent);
  }

  private boolean flag(Key key) {
    return (boolean) value(key);
  }

  private OptionalInt integer(Key key) {
    return values.containsKey(key) ? OptionalInt.of((int) value(key)) : OptionalInt.empty();
  }

  private OptionalDouble number(Key key) {
    return values.containsKey(key)
        ? OptionalDouble.of((double) value(key))
        : OptionalDouble.empty();
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
    return with(Key.MAX_NEW_TOKENS, tokens);
  }

  /**
   * The shortest answer in tokens, the ending one not counted. The model may not end it before; a
   * stop string, the repetition guard and cancellation still do. More than the model's context or
   * the longest answer leaves room for is refused before anything is computed.
   */
  public GenerationOptions minNewTokens(int tokens) {
    atLeast(0, "min_new_tokens", tokens);
    return with(Key.MIN_NEW_TOKENS, tokens);
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
    return with(Key.STOP, copy);
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
    return with(Key.REPETITION_GUARD, times);
  }

  /** Enlarge smaller pictures to about this area in pixels. */
  public GenerationOptions minPixels(int pixels) {
    atLeast(1, "min_pixels", pixels);
    requireOrder(OptionalInt.of(pixels), maxPixels());
    return with(Key.MIN_PIXELS, pixels);
  }

  /** Shrink larger pictures to about this area in pixels. */
  public GenerationOptions maxPixels(int pixels) {
    atLeast(1, "max_pixels", pixels);
    requireOrder(minPixels(), OptionalInt.of(pixels));
    return with(Key.MAX_PIXELS, pixels);
  }

  /** Shrink pictures above the area of this level, in addition to the other limits. */
  public GenerationOptions detail(Detail detail) {
    return with(Key.DETAIL, detail);
  }

  private static void requireOrder(OptionalInt min, OptionalInt max) {
    if (min.isPresent() && max.isPresent() && min.getAsInt() > max.getAsInt()) {
      throw new IllegalArgumentException(
          "min_pixels: expected at most max_pixels (%d), found %d"
              .formatted(max.getAsInt(), min.getAsInt()));
    }
  }

  /**
   * Draw tokens, by the settings of {@code generation_config.json}, as {@code torch.manual_seed}
   * and {@code generate(do_sample=True)} do on PyTorch's CPU.
   */
  public GenerationOptions sample(long seed) {
    return with(Key.SEED, seed).with(Key.MODEL_DECIDES, false);
  }

  /** Draw tokens by these settings; single settings override them. */
  public GenerationOptions sample(long seed, SamplingSettings settings) {
    settings.requireRanges();
    return sample(seed).with(Key.SAMPLING, settings);
  }

  /** Take the most likely token each time instead of drawing. */
  public GenerationOptions withoutSampling() {
    return without(Key.SEED).without(Key.MODEL_DECIDES);
  }

  /** {@link Temperature} of a draw, above 0. It acts where tokens are drawn. */
  public GenerationOptions temperature(double temperature) {
    new Temperature(temperature);
    return with(Key.TEMPERATURE, temperature);
  }

  /** {@link TopK} of a draw; 0 switches it off. It acts where tokens are drawn. */
  public GenerationOptions topK(int k) {
    atLeast(0, "top_k", k);
    return with(Key.TOP_K, k);
  }

  /** {@link TopP} of a draw, 0 to 1; 1 switches it off. It acts where tokens are drawn. */
  public GenerationOptions topP(double p) {
    new TopP(p, TiePolicy.TORCH_CPU);
    return with(Key.TOP_P, p);
  }

  /** {@link MinP} of a draw, 0 to 1; 0 switches it off. It acts where tokens are drawn. */
  public GenerationOptions minP(double p) {
    new MinP(p);
    return with(Key.MIN_P, p);
  }

  /** {@link RepetitionPenalty} above 0; 1 switches it off. It acts on the most likely token too. */
  public GenerationOptions repetitionPenalty(double penalty) {
    new RepetitionPenalty(penalty);
    return with(Key.REPETITION_PENALTY, penalty);
  }

  /**
   * What is done with bad probabilities before the draw. It hides a failure and repairs nothing.
   */
  public GenerationOptions remedy(SamplingRemedy remedy) {
    return with(Key.REMEDY, remedy);
  }

  /** Whether scores that are not finite end the answer with {@link NonFiniteLogitsException}. */
  public GenerationOptions check(boolean check) {
    return with(Key.CHECK, check);
  }

  /** The longest answer; empty: as the model says, else {@link #DEFAULT_MAX_NEW_TOKENS}. */
  public OptionalInt maxNewTokens() {
    return integer(Key.MAX_NEW_TOKENS);
  }

  /** The shortest answer; empty: as the model says. */
  public OptionalInt minNewTokens() {
    return integer(Key.MIN_NEW_TOKENS);
  }

  /** The texts that end an answer; empty: as the model says. */
  public List<String> stop() {
    return ((List<?>) value(Key.STOP)).stream().map(String.class::cast).toList();
  }

  /** How many repeats of a run end an answer; empty: none does. */
  public OptionalInt repetitionGuard() {
    return integer(Key.REPETITION_GUARD);
  }

  /** The area up to which smaller pictures are enlarged; empty: the model's own limit. */
  public OptionalInt minPixels() {
    return integer(Key.MIN_PIXELS);
  }

  /** The area to which larger pictures are shrunk; empty: the model's own limit. */
  public OptionalInt maxPixels() {
    return integer(Key.MAX_PIXELS);
  }

  /** How much of a picture the model sees, within the other limits. */
  public Detail detail() {
    return (Detail) value(Key.DETAIL);
  }

  /** The seed of PyTorch's CPU generator; empty: nothing is drawn. */
  public OptionalLong seed() {
    return values.containsKey(Key.SEED)
        ? OptionalLong.of((long) value(Key.SEED))
        : OptionalLong.empty();
  }

  /**
   * The sampling settings given as a whole, which single settings override; empty: those of the
   * model.
   */
  public Optional<SamplingSettings> sampling() {
    return Optional.ofNullable((SamplingSettings) value(Key.SAMPLING));
  }

  /** What is done with bad probabilities before the draw. */
  public SamplingRemedy remedy() {
    return (SamplingRemedy) value(Key.REMEDY);
  }

  /** Whether scores that are not finite end the answer. */
  public boolean check() {
    return flag(Key.CHECK);
  }

  /**
   * The sampling settings of an answer of a model.
   *
   * @param modelDefaults what its {@code generation_config.json} says
   */
  SamplingSettings samplingSettings(SamplingSettings modelDefaults) {
    SamplingSettings.Builder rules = sampling().orElse(modelDefaults).toBuilder();
    rules.doSample(seed().isPresent() && (!flag(Key.MODEL_DECIDES) || modelDefaults.doSample()));
    minNewTokens().ifPresent(rules::minNewTokens);
    number(Key.REPETITION_PENALTY).ifPresent(rules::repetitionPenalty);
    number(Key.TEMPERATURE).ifPresent(rules::temperature);
    integer(Key.TOP_K).ifPresent(rules::topK);
    number(Key.TOP_P).ifPresent(rules::topP);
    number(Key.MIN_P).ifPresent(rules::minP);
    if (remedy() == SamplingRemedy.REMOVE_INVALID) {
      rules.removeInvalidValues(true);
    }
    return rules.build();
  }

  /**
   * How pictures are prepared. If one limit is set and contradicts the model's other limit, the
   * other limit becomes equal to it; a smallest area that is set counts more than {@link #detail}.
   *
   * @param modelDefaults what the model's {@code preprocessor_config.json} says
   */
  public ImageProcessorConfig pictures(ImageProcessorConfig modelDefaults) {
    long asked = maxPixels().isPresent() ? maxPixels().getAsInt() : modelDefaults.maxPixels();
    long limit = Math.min(asked, detail().maxPixels().orElse(Integer.MAX_VALUE));
    long min = minPixels().isPresent() ? minPixels().getAsInt() : modelDefaults.minPixels();
    return minPixels().isPresent()
        ? modelDefaults.withPixels(min, Math.max(limit, min))
        : modelDefaults.withPixels(Math.min(min, limit), limit);
  }

  /** What differs from {@link #greedy()}, by the names of {@link #toString}. */
  Map<String, Object> values() {
    Map<String, Object> named = new LinkedHashMap<>();
    values.forEach((key, value) -> named.put(key.shown, value));
    return named;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof GenerationOptions other && values.equals(other.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /** What differs from {@link #greedy()}. */
  @Override
  public String toString() {
    return "GenerationOptions" + values;
  }
}
