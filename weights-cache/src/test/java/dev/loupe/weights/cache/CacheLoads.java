package dev.loupe.weights.cache;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightTypes;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.Embedding;
import dev.loupe.tensor.nn.LayerLoader;
import dev.loupe.tensor.nn.Linear;
import dev.loupe.tensor.nn.RmsNorm;
import dev.loupe.tensor.nn.WeightConversion;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.Part;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Loads a model of three layers through a cache, again and again, and runs it. */
class CacheLoads implements CacheListener {
  private final CacheFolder folder;
  private final List<String> warnings = new ArrayList<>();

  /** What a load has come to. */
  record Outcome(boolean cached, int reads, WeightConversion conversion, float[] output) {

    @Override
    public boolean equals(Object other) {
      return other instanceof Outcome o
          && conversion.equals(o.conversion)
          && Arrays.equals(output, o.output);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(output);
    }
  }

  CacheLoads(Path folder) {
    this(new CacheFolder(folder));
  }

  CacheLoads(CacheFolder folder) {
    this.folder = folder;
  }

  @Override
  public synchronized void warning(String message) {
    warnings.add(message);
  }

  List<String> warnings() {
    return warnings;
  }

  Outcome load() throws IOException {
    return load(new CountedWeights(""), DType.F32);
  }

  Outcome load(DType compute) throws IOException {
    return load(new CountedWeights(""), compute);
  }

  Outcome load(CountedWeights source, DType compute) throws IOException {
    try (Backend backend = Backend.scalar(2);
        Arena arena = Arena.ofShared();
        WeightsCache cache =
            new CacheOpening(folder, this).open(source, compute, WeightTypes.AS_STORED, backend)) {
      return run(source, cache, compute, backend, arena);
    }
  }

  /** The same without any cache. */
  static Outcome uncached(DType compute) throws IOException {
    CountedWeights source = new CountedWeights("");
    try (Backend backend = Backend.scalar(2);
        Arena arena = Arena.ofShared();
        WeightsCache cache = WeightsCache.none(source)) {
      return run(source, cache, compute, backend, arena);
    }
  }

  private static Outcome run(
      CountedWeights source, WeightsCache cache, DType compute, Backend backend, Arena arena)
      throws IOException {
    NumericsProfile profile = NumericsProfile.of(compute, AttentionKind.SDPA);
    try (Workspace w = new Workspace(backend, profile, NumericsTrace.NONE)) {
      LayerLoader layers = new LayerLoader(cache, arena, backend, compute, bytes -> {});
      Embedding embed =
          layers.embedding(module("embed"), CountedWeights.VOCAB, CountedWeights.WIDTH);
      Linear fc = layers.linear(module("fc"), 70, CountedWeights.WIDTH);
      RmsNorm norm = layers.rmsNorm(module("norm"), 70, 1e-6f);
      cache.complete();
      Tensor x = embed.forward(new int[] {0, 17, CountedWeights.VOCAB - 1}, w);
      Tensor head = layers.tied(module("head"), embed).forward(x, w);
      float[] hidden = norm.forward(fc.forward(x, w), w).toFloats();
      float[] output = Arrays.copyOf(hidden, hidden.length + head.toFloats().length);
      System.arraycopy(head.toFloats(), 0, output, hidden.length, head.toFloats().length);
      return new Outcome(cache.cached(), source.reads(), layers.conversion(), output);
    }
  }

  private static ModuleId module(String name) {
    return ModuleId.of(Part.DECODER, name);
  }
}
