package dev.loupe.cli.bench;

import dev.loupe.cli.bench.BenchOptions.PictureSize;
import dev.loupe.engine.text.KvCache;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.vision.preprocess.PatchGrid;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** One measurement, which is repeated. */
sealed interface Measurement {

  /** Runs once and returns the time in seconds. */
  double run(BenchModel model);

  /** For people: {@code prefill 256}. */
  String name();

  /** A prompt of this many tokens. */
  record Prefill(int tokens) implements Measurement {

    @Override
    public double run(BenchModel model) {
      try (KvCache cache = model.newCache()) {
        long start = System.nanoTime();
        model.prefill(tokens, cache);
        return since(start);
      }
    }

    @Override
    public String name() {
      return "prefill " + tokens;
    }
  }

  /** Decoding steps of a batch of sequences, each after its own context, which is not timed. */
  record Decode(int batch, int context) implements Measurement {

    @Override
    public double run(BenchModel model) {
      List<KvCache> caches = new ArrayList<>();
      try {
        caches.add(model.newCache());
        model.prefill(context, caches.getFirst());
        while (caches.size() < batch) {
          caches.add(caches.getFirst().copy());
        }
        long start = System.nanoTime();
        for (int i = 0; i < BenchOptions.DECODED; i++) {
          model.step(caches);
        }
        return since(start);
      } finally {
        caches.forEach(KvCache::close);
      }
    }

    @Override
    public String name() {
      return "decode " + batch + " after " + context;
    }

    /** Tokens in the middle of the steps. */
    double meanContext() {
      return context + (BenchOptions.DECODED + 1) / 2.0;
    }
  }

  /** The tower on one picture. */
  record Picture(PictureSize size, PatchGrid grid, int patchValues) implements Measurement {

    @Override
    public double run(BenchModel model) {
      try (Arena arena = Arena.ofShared()) {
        Tensor pixels = Tensor.allocate(arena, DType.F32, grid.patches(), patchValues);
        for (long i = 0; i < pixels.shape().elements(); i++) {
          // Evenly spread over -2 to 2, about where normalised pixels lie.
          pixels.segment().set(Tensor.FLOAT, i * 4, i * 7919 % 4001 / 1000f - 2);
        }
        long start = System.nanoTime();
        model.encode(grid, pixels);
        return since(start);
      }
    }

    @Override
    public String name() {
      return "picture " + size;
    }
  }

  private static double since(long start) {
    return (System.nanoTime() - start) * 1e-9;
  }
}
