package dev.loupe.tensor.nn;

import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.numerics.ExponentCounts;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScorePeaks;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The scores of a tile before rounding: their exponents, and their largest magnitudes, of all, and
 * in the decoder of each row and key. In the tower the patches may be many thousands.
 */
final class ScoreDistribution {

  private final boolean each;
  private Optional<ExponentCounts> exponents = Optional.empty();
  private float largest = ScorePeaks.NONE;
  private float[] rows = new float[0];
  private float[] keys = new float[0];

  /**
   * Nothing yet.
   *
   * @param each whether rows and keys have peaks of their own
   */
  ScoreDistribution(boolean each) {
    this.each = each;
  }

  /** A row of scores. */
  void add(Row s, int row) {
    if (each) {
      rows = longer(rows, row + 1);
      keys = longer(keys, s.count());
    }
    float most = ScorePeaks.NONE;
    for (int key = 0; key < s.count(); key++) {
      float magnitude = Math.abs(s.at(key));
      most = larger(most, magnitude);
      if (each) {
        keys[key] = larger(keys[key], magnitude);
      }
    }
    exponents = exponents.or(() -> Optional.of(new ExponentCounts()));
    exponents.get().add(s.segment(), s.offset(), s.count());
    largest = larger(largest, most);
    if (each) {
      rows[row] = most;
    }
  }

  private static float[] longer(float[] peaks, int length) {
    if (peaks.length >= length) {
      return peaks;
    }
    float[] longer = Arrays.copyOf(peaks, length);
    Arrays.fill(longer, peaks.length, length, ScorePeaks.NONE);
    return longer;
  }

  /** NaN is not larger than anything. */
  private static float larger(float peak, float other) {
    return other > peak ? other : peak;
  }

  /** The exponents of a layer. */
  static ExponentCounts exponents(List<ScoreBlock> blocks) {
    ExponentCounts all = new ExponentCounts();
    blocks.forEach(block -> block.distribution().exponents.ifPresent(all::add));
    return all;
  }

  /** The peaks of a layer. */
  static ScorePeaks peaks(ModuleId attention, List<ScoreBlock> blocks) {
    float[] heads = new float[0];
    float[] queries = new float[0];
    float[] keys = new float[0];
    int firstQuery = attention.part() == Part.DECODER ? blocks.getFirst().firstQuery() : 0;
    for (ScoreBlock block : blocks) {
      ScoreDistribution of = block.distribution();
      heads = longer(heads, block.head() + 1);
      heads[block.head()] = larger(heads[block.head()], of.largest);
      queries = merged(queries, of.rows);
      keys = merged(keys, of.keys);
    }
    return new ScorePeaks(
        attention.part(), attention.layer().orElseThrow(), heads, firstQuery, queries, keys);
  }

  private static float[] merged(float[] peaks, float[] others) {
    float[] merged = longer(peaks, others.length);
    for (int i = 0; i < others.length; i++) {
      merged[i] = larger(merged[i], others[i]);
    }
    return merged;
  }
}
