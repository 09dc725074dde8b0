package dev.loupe.engine;

import dev.loupe.engine.sampling.FlooredSampler;
import dev.loupe.engine.sampling.GreedySampler;
import dev.loupe.engine.sampling.LogitsPipeline;
import dev.loupe.engine.sampling.LogitsProcessor;
import dev.loupe.engine.sampling.MultinomialSampler;
import dev.loupe.engine.sampling.Sampler;
import dev.loupe.engine.sampling.SamplingRemedy;
import dev.loupe.engine.sampling.SamplingSettings;
import dev.loupe.engine.sampling.TorchCpuGenerator;
import dev.loupe.engine.text.KvCache;
import dev.loupe.engine.text.RopePositions;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tokenizer.StreamingDecoder;
import dev.loupe.vision.ImageProcessor;
import dev.loupe.vision.ImageProcessorConfig;
import dev.loupe.vision.PatchGrid;
import dev.loupe.vision.RgbImage;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** One prompt on its way through the model, with all memory it needs. One thread, one use. */
final class Request implements AutoCloseable {
  private final LoadedModel loaded;
  private final Prompt prompt;
  private final GenerationOptions options;
  private final Arena arena = Arena.ofShared();
  private final Workspace w;
  private final KvCache cache;
  private final ModelInput input;
  private final RopePositions positions;
  private final Duration preparation;

  Request(
      LoadedModel loaded,
      NumericsProfile profile,
      Prompt prompt,
      GenerationOptions options,
      NumericsTrace trace) {
    long start = System.nanoTime();
    this.loaded = loaded;
    this.prompt = prompt;
    this.options = options;
    this.w = new Workspace(loaded.backend(), profile, trace);
    this.cache = loaded.model().newCache();
    try {
      this.input = encoder().encode(prompt, arena);
      requireRoom();
      this.positions = loaded.model().positions(input);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
    this.preparation = since(start);
  }

  private PromptEncoder encoder() {
    ImageProcessorConfig makers = loaded.images();
    ImageProcessorConfig images =
        makers.withPixels(
            options.minPixels(makers.minPixels(), makers.maxPixels()),
            options.maxPixels(makers.minPixels(), makers.maxPixels()));
    return new PromptEncoder(loaded.tokenizer(), new ImageProcessor(images), loaded.config());
  }

  private void requireRoom() {
    int limit = loaded.config().text().maxPositionEmbeddings();
    if (input.ids().length >= limit) {
      int imageTokens = input.grids().stream().mapToInt(PatchGrid::tokens).sum();
      throw new PromptTooLongException(input.ids().length, imageTokens, limit);
    }
  }

  /** The prompt in the form the model takes. */
  ModelInput input() {
    return input;
  }

  /** The grids of pictures and clips. */
  List<PatchGrid> grids() {
    return input.grids();
  }

  /** The answer. It ends where the model's context does, if not before. */
  Generation generate(TokenListener listener) {
    MultimodalModel model = loaded.model();
    int[] ids = input.ids();
    traceInput();

    long start = System.nanoTime();
    Tensor pictures = model.encode(input, w);
    Duration image = preparation.plus(since(start));

    start = System.nanoTime();
    Tensor hidden = model.prefill(input, pictures, positions, cache, w);
    float[] logits = logits(hidden.rows(ids.length - 1L, ids.length));
    Duration prefill = since(start);

    start = System.nanoTime();
    StreamingDecoder text = loaded.tokenizer().newStreamingDecoder(true);
    StringBuilder shown = new StringBuilder();
    GenerationLoop.Outcome outcome =
        loop(ids.length).run(ids, logits, this::step, token -> show(token, text, shown, listener));
    shown.append(text.finish());
    Timings timings = new Timings(image, prefill, since(start));
    return new Generation(
        shown.toString(),
        outcome.tokens(),
        outcome.finishReason(),
        ids.length,
        0,
        pictures(),
        timings);
  }

  private List<PictureSize> pictures() {
    List<RgbImage> firsts = new ArrayList<>(prompt.images());
    prompt.clips().forEach(frames -> firsts.add(frames.getFirst()));
    int patch = loaded.config().vision().patchSize();
    List<PictureSize> sizes = new ArrayList<>();
    for (PatchGrid grid : grids()) {
      RgbImage first = firsts.get(sizes.size());
      sizes.add(
          new PictureSize(
              first.width(), first.height(), grid.w() * patch, grid.h() * patch, grid.tokens()));
    }
    return sizes;
  }

  private GenerationLoop loop(int promptTokens) {
    GenerationConfig makers = loaded.generationConfig();
    SamplingSettings settings = options.rules(makers.sampling());
    LogitsProcessor processors = LogitsPipeline.of(settings, promptTokens, makers.eosTokenIds());
    int room = loaded.config().text().maxPositionEmbeddings() - promptTokens;
    return new GenerationLoop(
        options.check() ? checked(processors, promptTokens) : processors,
        sampler(),
        makers.eosTokenIds(),
        Math.min(options.maxNewTokens().orElse(GenerationOptions.DEFAULT_MAX_NEW_TOKENS), room));
  }

  private Sampler sampler() {
    if (options.seed().isEmpty()) {
      return new GreedySampler();
    }
    MultinomialSampler draws =
        new MultinomialSampler(new TorchCpuGenerator(options.seed().getAsLong()));
    return options.remedy() == SamplingRemedy.PROBABILITY_FLOOR ? new FlooredSampler(draws) : draws;
  }

  /** Looks at the scores before the processors do, which may turn some to -infinity on purpose. */
  private LogitsProcessor checked(LogitsProcessor processors, int promptTokens) {
    return (ids, length, scores) -> {
      int bad = 0;
      for (float score : scores) {
        bad += Math.abs(score) < Float.POSITIVE_INFINITY ? 0 : 1;
      }
      if (bad > 0) {
        throw new NonFiniteLogitsException(
            length - promptTokens, bad, scores.length, w.profile().toString());
      }
      processors.process(ids, length, scores);
    };
  }

  private float[] step(int token) {
    try (var _ = w.frame()) {
      int position = positions.next() + cache.length() - input.ids().length;
      Tensor hidden = loaded.model().step(token, position, cache, w);
      return logits(hidden);
    }
  }

  private float[] logits(Tensor hidden) {
    Tensor logits = loaded.model().logits(hidden, w);
    w.stage("logits", logits);
    return logits.toFloats();
  }

  private static boolean show(
      int token, StreamingDecoder text, StringBuilder shown, TokenListener listener) {
    String piece = text.push(token);
    shown.append(piece);
    return listener.token(token, piece);
  }

  /** One forward pass over the whole prompt, its inputs and every stage told to the observer. */
  void trace() {
    traceInput();
    Tensor pictures = loaded.model().encode(input, w);
    Tensor hidden = loaded.model().prefill(input, pictures, positions, cache, w);
    w.stage("logits", loaded.model().logits(hidden, w));
  }

  private void traceInput() {
    if (!w.traced()) {
      return;
    }
    int tokens = input.ids().length;
    long[] ids = new long[tokens];
    long[] places = new long[3 * tokens];
    for (int i = 0; i < tokens; i++) {
      ids[i] = input.ids()[i];
      for (int s = 0; s < 3; s++) {
        places[s * tokens + i] = positions.streams()[s][i];
      }
    }
    w.stage("input_ids", Tensor.ofLongs(arena, ids, tokens));
    w.stage("position_ids", Tensor.ofLongs(arena, places, 3, tokens));
    if (!grids().isEmpty()) {
      w.stage("pixel_values", input.pixelValues());
      long[] sides = grids().stream().flatMapToLong(g -> sides(g)).toArray();
      w.stage("grid_thw", Tensor.ofLongs(arena, sides, grids().size(), 3));
    }
  }

  private static LongStream sides(PatchGrid grid) {
    return LongStream.of(grid.t(), grid.h(), grid.w());
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Override
  public void close() {
    cache.close();
    w.close();
    arena.close();
  }
}
