package dev.loupe.tensor.nn;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.RoundingPlace;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.internal.PanelRange;
import dev.loupe.tensor.internal.Products;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.internal.Rows;
import dev.loupe.tensor.nn.AttentionTiles.Sequence;
import dev.loupe.tensor.nn.AttentionTiles.Tile;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * Scaled dot-product attention (Vaswani et al., arXiv 1706.03762): softmax(q kᵀ / sqrt(d)) v, with
 * the roundings of the profile's {@link dev.loupe.tensor.numerics.AttentionKind}.
 *
 * <p>Queries go in tiles of 24 rows, so the scores of a picture of n patches need 24 n floats a
 * thread and never n². Where scores are float32 a causal row looks only at the keys it may see: a
 * masked key would have the weight +0. Where they are rounded to 16 bits it computes all of them as
 * PyTorch does, because a masked score that overflows, or a masked NaN, spoils the row.
 */
public final class Attention {
  private final ModuleId id;
  private final int heads;
  private final int headDim;

  /**
   * Attention of a layer. Remedies are at work in the decoder only.
   *
   * @param id the module that it is computed in, for the observer
   * @param heads query heads
   * @param headDim elements of one head
   */
  public Attention(ModuleId id, int heads, int headDim) {
    this.id = id;
    this.heads = heads;
    this.headDim = headDim;
  }

  /** Query heads. */
  public int heads() {
    return heads;
  }

  /** Elements of one head. */
  public int headDim() {
    return headDim;
  }

  /**
   * Every query attends to every key.
   *
   * @param q queries; those of row r start at {@code column}, head after head
   * @param firstRow the first row of q and of {@code out}
   * @param rows how many rows
   * @param out [.., heads * headDim], the rows {@code firstRow} on are written
   */
  public void full(
      Tensor q, int column, int firstRow, int rows, KeyValues kv, Tensor out, Workspace w) {
    forward(q, column, List.of(Sequence.full(kv, firstRow, rows)), out, w);
  }

  /**
   * Row r of q is the query of position {@code kv.length() - rows + r} and attends to the keys up
   * to its own.
   *
   * @param q [rows, heads * headDim]
   * @return the output [rows, heads * headDim], in scratch memory
   */
  public Tensor causal(Tensor q, KeyValues kv, Workspace w) {
    Tensor out = w.matrix(q.rowCount(), heads * headDim);
    forward(q, 0, List.of(Sequence.causal(kv, 0, q.rowCount())), out, w);
    return out;
  }

  /**
   * Row r of q is the query of the last position of cache r, and sees nothing of the others.
   *
   * @param q [sequences, heads * headDim]
   * @param caches one of each sequence
   * @return the output [sequences, heads * headDim], in scratch memory
   */
  public Tensor causal(Tensor q, List<KeyValues> caches, Workspace w) {
    Tensor out = w.matrix(q.rowCount(), heads * headDim);
    List<Sequence> sequences = new ArrayList<>();
    for (int r = 0; r < caches.size(); r++) {
      sequences.add(Sequence.causal(caches.get(r), r, 1));
    }
    forward(q, 0, sequences, out, w);
    return out;
  }

  private void forward(Tensor q, int column, List<Sequence> sequences, Tensor out, Workspace w) {
    w.operation(
        id.step(Step.WEIGHTED_VALUES),
        RoundingPlace.AT_END,
        Sequence.rows(sequences, out),
        rounding -> forward(q, column, sequences, out, rounding, w));
  }

  private void forward(
      Tensor q, int column, List<Sequence> sequences, Tensor out, DType rounding, Workspace w) {
    try (var _ = w.frame()) {
      ScoreRule rule = ScoreRule.of(w.profile(), id.part(), headDim);
      Tensor ready = rule.queries(q, w);
      Rows queries = new Rows(ready.segment(), column, ready.columnCount(), ready.rowCount());
      AttentionTiles tiles = AttentionTiles.ofHeads(heads, headDim, queries, sequences, out);
      Rows scores = scoreMemory(tiles, w);
      List<ScoreRule> rules = new ArrayList<>();
      for (Sequence s : sequences) {
        rules.add(
            rule.forSequence(test -> anyRow(tiles.forSequence(s), test, scores, w), w.kernels()));
      }
      ScoreWatch watch = ScoreWatch.of(id, rule, sequences, heads, w);
      // A watch sees one head at a time.
      (watch.on() ? tiles : tiles.groupedFor(w.backend().threads()))
          .forEach(
              w.backend(),
              (tile, worker) -> {
                ScoreRule own = rules.get(tile.sequenceNumber());
                attend(tile, own, watch.forTile(tile), mine(scores, worker), rounding, w, worker);
              });
      watch.ended();
    }
  }

  /** Rows for each thread, as long as the longest sequence. */
  private static Rows scoreMemory(AttentionTiles tiles, Workspace w) {
    // Never a multiple of 4096 bytes for the usual pictures: rows would share cache sets.
    int width = (tiles.longest() / LANES + 1) * LANES;
    return Rows.of(w.matrix(w.backend().threads() * AttentionTiles.HEIGHT, width));
  }

  private static Rows mine(Rows scores, int worker) {
    return scores.part(worker * AttentionTiles.HEIGHT, AttentionTiles.HEIGHT, 0);
  }

  /** o = softmax(q kᵀ / sqrt(d)) v for the queries of one tile. */
  private void attend(
      Tile tile, ScoreRule rule, RowWatch watch, Rows s, DType rounding, Workspace w, int worker) {
    scores(tile, tile.used(rule, tile.rows() - 1), s, w, worker);
    float[] factors = new float[tile.rows()];
    for (int r = 0; r < factors.length; r++) {
      Row row = new Row(s.segment(), s.start(r), tile.sequence().keys());
      int query = tile.query(r);
      factors[r] = rule.weigh(w.kernels(), row, query, tile.sequence().visible(query), watch);
    }
    weightedValues(tile, rule, s, factors, rounding, w, worker);
  }

  /** s = q kᵀ for the first keys, float32 chains, not yet rounded. */
  private static void scores(Tile tile, int seen, Rows s, Workspace w, int worker) {
    PanelRange panels = new PanelRange(0, PanelMatrix.panels(seen));
    Rows to = s.part(0, tile.rows(), 0);
    w.attentionProducts().multiply(tile.q(), tile.keys(), panels, to, false, w.scratch(worker));
  }

  /** o = p v: the keys that all rows use in one product, the others row by row. */
  private void weightedValues(
      Tile tile, ScoreRule rule, Rows p, float[] factors, DType rounding, Workspace w, int worker) {
    Products products = w.attentionProducts();
    float[] scratch = w.scratch(worker);
    PanelMatrix values = tile.values();
    Rows o = tile.out();
    int common = tile.used(rule, 0);
    products.weightedSum(p.part(0, tile.rows(), 0), values.steps(0, common), o, false, scratch);
    for (int r = 0; r < tile.rows(); r++) {
      long at = o.start(r);
      int used = tile.used(rule, r);
      if (used > common) {
        PanelMatrix more = values.steps(common, used);
        products.weightedSum(p.part(r, 1, common), more, o.part(r, 1, 0), true, scratch);
      }
      if (factors[r] != 1) {
        w.kernels().scale(DType.F32, o.segment(), at, headDim, factors[r]);
      }
      w.kernels().round(rounding, o.segment(), at, headDim);
    }
  }

  /** Whether a row of scores, masked ones included, passes a test. */
  private static boolean anyRow(
      AttentionTiles tiles, Predicate<Row> test, Rows scores, Workspace w) {
    AtomicBoolean found = new AtomicBoolean();
    tiles.forEach(
        w.backend(),
        (tile, worker) -> {
          if (found.get()) {
            return;
          }
          Rows s = mine(scores, worker);
          int keys = tile.sequence().keys();
          scores(tile, keys, s, w, worker);
          for (int r = 0; r < tile.rows(); r++) {
            if (test.test(new Row(s.segment(), s.start(r), keys))) {
              found.set(true);
            }
          }
        });
    return found.get();
  }
}
