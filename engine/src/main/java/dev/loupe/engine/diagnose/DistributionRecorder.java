package dev.loupe.engine.diagnose;

import dev.loupe.tensor.numerics.ExponentCounts;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScorePeaks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Collects the largest scores of a run, by layer and head, and by token; and the exponents of the
 * results of each operation.
 */
final class DistributionRecorder {

  private final Map<Integer, float[]> tower = new TreeMap<>();
  private final Map<Integer, float[]> decoder = new TreeMap<>();
  private float[] tokens = new float[0];
  private final Map<String, ExponentCounts> exponents = new LinkedHashMap<>();
  private final Map<String, Part> parts = new HashMap<>();

  /** Adds the results of an operation in one pass. */
  void add(OperationId operation, ExponentCounts counts) {
    String name = ExponentHistogram.inAllLayers(operation);
    parts.put(name, operation.part());
    exponents.computeIfAbsent(name, n -> new ExponentCounts()).add(counts);
  }

  /** The exponents, in the order in which the operations first ended. */
  List<ExponentHistogram> histograms() {
    List<ExponentHistogram> histograms = new ArrayList<>();
    exponents.forEach(
        (name, counts) -> histograms.add(ExponentHistogram.of(parts.get(name), name, counts)));
    return histograms;
  }

  /** Adds the largest scores of a layer in one pass, or of one frame. */
  void add(ScorePeaks peaks) {
    boolean vision = peaks.part() == Part.VISION_TOWER;
    (vision ? tower : decoder).merge(peaks.layer(), peaks.heads(), (a, b) -> larger(a, b, 0));
    if (!vision) {
      tokens = larger(larger(tokens, peaks.queries(), peaks.firstQuery()), peaks.keys(), 0);
    }
  }

  /** Each the larger of two, the second of which begin at an index. */
  private static float[] larger(float[] some, float[] others, int at) {
    float[] larger = Arrays.copyOf(some, Math.max(some.length, at + others.length));
    Arrays.fill(larger, some.length, larger.length, ScorePeaks.NONE);
    for (int i = 0; i < others.length; i++) {
      larger[at + i] = Math.max(larger[at + i], others[i]);
    }
    return larger;
  }

  /** The largest scores. */
  ScoreMargins margins() {
    List<ScoreMargins.Layer> layers = new ArrayList<>();
    tower.forEach((layer, heads) ->
        layers.add(new ScoreMargins.Layer(Part.VISION_TOWER, layer, numbers(heads))));
    decoder.forEach(
        (layer, heads) -> layers.add(new ScoreMargins.Layer(Part.DECODER, layer, numbers(heads))));
    return new ScoreMargins(layers, numbers(tokens));
  }

  private static List<Float> numbers(float[] peaks) {
    List<Float> numbers = new ArrayList<>();
    for (float peak : peaks) {
      numbers.add(peak == ScorePeaks.NONE ? Float.NaN : peak);
    }
    return numbers;
  }
}
