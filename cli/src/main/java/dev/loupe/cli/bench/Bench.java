package dev.loupe.cli.bench;

import dev.loupe.cli.bench.BenchOptions.PictureSize;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.ModelCost;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.Qwen2VlConfig;
import dev.loupe.tensor.MachinePeaks;
import dev.loupe.vision.VisionConfig;
import dev.loupe.vision.preprocess.PatchGrid;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures a model and the machine. A round measures everything once, each measurement between two
 * measurements of the peak that it is compared with. A first round does not count: it compiles the
 * code and shows how much memory is needed.
 */
final class Bench {
  private static final double BILLION = 1e9;

  private final BenchModel model;
  private final ModelCost cost;
  private final List<Measurement> measurements;
  private final int repeats;
  private final BenchListener listener;
  private final Map<Measurement, Samples> seconds = new HashMap<>();
  private final Map<Measurement, Samples> shares = new HashMap<>();
  private final Samples flops = new Samples();
  private final Samples bytes = new Samples();
  private int runs;

  private Bench(
      BenchModel model, List<Measurement> measurements, int repeats, BenchListener listener) {
    this.model = model;
    this.cost = model.cost();
    this.measurements = measurements;
    this.repeats = repeats;
    this.listener = listener;
    for (Measurement m : measurements) {
      seconds.put(m, new Samples());
      shares.put(m, new Samples());
    }
  }

  /**
   * Loads a model, without a tokenizer, and measures it.
   *
   * @param load threads, profile, cache and listener
   * @throws IOException if the model cannot be loaded
   * @throws IllegalArgumentException if a picture is not made of whole tokens, or a sequence is
   *     longer than the model allows
   */
  static BenchReport run(
      ModelFiles files, LoadOptions load, BenchOptions options, BenchListener listener)
      throws IOException {
    Qwen2VlConfig config = ModelParts.config(files);
    requireRoom(options, config.text().maxPositionEmbeddings());
    List<Measurement> measurements = measurements(options, config.vision());
    try (BenchModel model = BenchModel.load(files, load)) {
      Bench bench = new Bench(model, measurements, options.repeats(), listener);
      for (Measurement m : measurements) {
        bench.run(m);
      }
      long memory = ResidentMemory.peakBytes();
      try (MachinePeaks peaks = new MachinePeaks(model.network().backend())) {
        for (int i = 0; i < options.repeats(); i++) {
          bench.round(peaks);
        }
      }
      return bench.report(files.name(), load, memory);
    }
  }

  private static void requireRoom(BenchOptions options, int limit) {
    for (int tokens : options.prefill()) {
      requireAtMost(limit, "prefill", tokens);
    }
    for (int context : options.contexts()) {
      requireAtMost(limit - BenchOptions.DECODED, "context", context);
    }
  }

  private static void requireAtMost(int limit, String name, int tokens) {
    if (tokens > limit) {
      throw new IllegalArgumentException(
          "%s: expected at most %d tokens for this model, found %d".formatted(name, limit, tokens));
    }
  }

  private static List<Measurement> measurements(BenchOptions options, VisionConfig vision) {
    List<Measurement> all = new ArrayList<>();
    options.prefill().forEach(tokens -> all.add(new Measurement.Prefill(tokens)));
    for (int batch : options.batches()) {
      options.contexts().forEach(context -> all.add(new Measurement.Decode(batch, context)));
    }
    for (PictureSize size : options.pictures()) {
      PatchGrid grid = grid(size, vision);
      all.add(new Measurement.Picture(size, grid, vision.patchValues()));
    }
    return all;
  }

  private static PatchGrid grid(PictureSize size, VisionConfig vision) {
    int token = vision.patchSize() * vision.spatialMergeSize();
    if (size.width() % token != 0 || size.height() % token != 0) {
      throw new IllegalArgumentException(
          "picture size: expected multiples of %d pixels, found %s".formatted(token, size));
    }
    return new PatchGrid(
        1,
        size.height() / vision.patchSize(),
        size.width() / vision.patchSize(),
        vision.spatialMergeSize());
  }

  private double run(Measurement m) {
    listener.measuring(m.name(), runs++, (repeats + 1) * measurements.size());
    return m.run(model);
  }

  private void round(MachinePeaks peaks) {
    // The report always has both peaks.
    flops.add(peaks.flopsPerSecond());
    bytes.add(peaks.readBytesPerSecond());
    for (Measurement m : measurements) {
      double before = peak(m, peaks);
      double time = run(m);
      double after = peak(m, peaks);
      seconds.get(m).add(time);
      shares.get(m).add(work(m) / time / ((before + after) / 2));
    }
  }

  /** The peak that limits a measurement: reading for steps of decoding, else multiply-adds. */
  private double peak(Measurement m, MachinePeaks peaks) {
    boolean reads = m instanceof Measurement.Decode;
    double peak = reads ? peaks.readBytesPerSecond() : peaks.flopsPerSecond();
    (reads ? bytes : flops).add(peak);
    return peak;
  }

  /** The bytes that a measurement reads, or its operations. */
  private double work(Measurement m) {
    return switch (m) {
      case Measurement.Prefill p -> cost.prefillFlops(p.tokens());
      case Measurement.Decode d ->
          cost.decodeBytes(d.batch(), d.meanContext()) * BenchOptions.DECODED;
      case Measurement.Picture p -> cost.pictureFlops(p.grid().patches());
    };
  }

  private BenchReport report(String name, LoadOptions load, long memory) {
    List<BenchReport.Prefill> prefill = new ArrayList<>();
    List<BenchReport.Decode> decode = new ArrayList<>();
    List<BenchReport.Image> image = new ArrayList<>();
    for (Measurement m : measurements) {
      double time = seconds.get(m).median();
      double rate = work(m) / time / BILLION;
      double share = shares.get(m).median();
      switch (m) {
        case Measurement.Prefill p ->
            prefill.add(new BenchReport.Prefill(p.tokens(), p.tokens() / time, rate, share));
        case Measurement.Decode d -> {
          double tokens = d.batch() * BenchOptions.DECODED / time;
          decode.add(new BenchReport.Decode(d.batch(), d.context(), tokens, rate, share));
        }
        case Measurement.Picture p -> image.add(image(p, time, rate, share));
      }
    }
    return new BenchReport(
        name,
        model.network().backend().threads(),
        model.network().backend().description(),
        load.weights().asStored()
            ? load.profile().toString()
            : load.profile() + ", weights " + load.weights(),
        new BenchReport.Peaks(flops.median() / BILLION, bytes.median() / BILLION),
        new BenchReport.Load(
            model.loadSeconds(), model.network().cached(), memory, model.network().weightBytes()),
        prefill,
        decode,
        image);
  }

  private static BenchReport.Image image(
      Measurement.Picture p, double time, double rate, double share) {
    PictureSize size = p.size();
    return new BenchReport.Image(
        size.width(), size.height(), p.grid().patches(), time * 1000, rate, share);
  }
}
