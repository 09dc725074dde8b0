package dev.loupe.engine.bench;

import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.ModelParts;
import dev.loupe.engine.bench.BenchOptions.PictureSize;
import dev.loupe.tensor.MachinePeaks;
import dev.loupe.vision.PatchGrid;
import dev.loupe.vision.VisionConfig;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures a model and, in between, the machine: in each round the peaks, then everything else
 * once. A first round, which compiles the code and shows how much memory is needed, does not count.
 */
public final class Bench {
  private static final double BILLION = 1e9;

  private final BenchModel model;
  private final ModelCost cost;
  private final List<Measurement> measurements;
  private final int repeats;
  private final BenchListener listener;
  private final Map<Measurement, Samples> seconds = new HashMap<>();
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
    measurements.forEach(m -> seconds.put(m, new Samples()));
  }

  /**
   * Loads a model, without a tokenizer, and measures it.
   *
   * @param load threads, profile, cache and listener
   * @throws IOException if the model cannot be loaded
   * @throws IllegalArgumentException if a picture is not made of whole tokens
   */
  public static BenchReport run(
      ModelFiles files, LoadOptions load, BenchOptions options, BenchListener listener)
      throws IOException {
    List<Measurement> measurements = measurements(options, ModelParts.config(files).vision());
    try (BenchModel model = BenchModel.load(files, load)) {
      Bench bench = new Bench(model, measurements, options.repeats(), listener);
      bench.round();
      long memory = ResidentMemory.peakBytes();
      bench.seconds.values().forEach(Samples::clear);
      try (MachinePeaks peaks = new MachinePeaks(model.backend())) {
        for (int i = 0; i < options.repeats(); i++) {
          bench.flops.add(peaks.flopsPerSecond());
          bench.bytes.add(peaks.readBytesPerSecond());
          bench.round();
        }
        bench.flops.add(peaks.flopsPerSecond());
        bench.bytes.add(peaks.readBytesPerSecond());
      }
      return bench.report(files.name(), load, memory);
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
    return new PatchGrid(1, size.height() / vision.patchSize(), size.width() / vision.patchSize());
  }

  private void round() {
    for (Measurement m : measurements) {
      listener.measuring(m.name(), runs++, (repeats + 1) * measurements.size());
      seconds.get(m).add(m.run(model));
    }
  }

  private BenchReport report(String name, LoadOptions load, long memory) {
    List<BenchReport.Prefill> prefill = new ArrayList<>();
    List<BenchReport.Decode> decode = new ArrayList<>();
    List<BenchReport.Image> image = new ArrayList<>();
    for (Measurement m : measurements) {
      double time = seconds.get(m).median();
      switch (m) {
        case Measurement.Prefill p -> prefill.add(prefill(p, time));
        case Measurement.Decode d -> decode.add(decode(d, time));
        case Measurement.Picture p -> image.add(image(p, time));
      }
    }
    return new BenchReport(
        name,
        model.backend().threads(),
        model.backend().description(),
        load.profile().toString(),
        new BenchReport.Peaks(flops.median() / BILLION, bytes.median() / BILLION),
        new BenchReport.Load(model.loadSeconds(), model.cached(), memory, model.weightBytes()),
        prefill,
        decode,
        image);
  }

  private BenchReport.Prefill prefill(Measurement.Prefill p, double time) {
    double rate = cost.prefillFlops(p.tokens()) / time;
    return new BenchReport.Prefill(
        p.tokens(), p.tokens() / time, rate / BILLION, rate / flops.median());
  }

  private BenchReport.Decode decode(Measurement.Decode d, double time) {
    double rate = cost.decodeBytes(d.batch(), d.meanContext()) * BenchOptions.DECODED / time;
    return new BenchReport.Decode(
        d.batch(),
        d.context(),
        d.batch() * BenchOptions.DECODED / time,
        rate / BILLION,
        rate / bytes.median());
  }

  private BenchReport.Image image(Measurement.Picture p, double time) {
    int patches = p.grid().patches();
    double rate = cost.pictureFlops(patches) / time;
    return new BenchReport.Image(
        p.size().width(),
        p.size().height(),
        patches,
        time * 1000,
        rate / BILLION,
        rate / flops.median());
  }
}
