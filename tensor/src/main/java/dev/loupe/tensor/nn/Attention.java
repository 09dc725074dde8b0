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
import dev.loupe.tensor.numerics.OperationId;
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
   * Every row attends to every row of its own frame and to none of another.
   *
   * @param qkv [rows, 3 * heads * headDim]: queries, keys and values side by side
   * @param frames how many rows each frame has, in the order of the rows
   * @return the output [rows, heads * headDim], in scratch memory
   */
  public Tensor full(Tensor qkv, List<Integer> frames, Workspace w) {
    int width = heads * headDim;
    Tensor out = w.matrix(qkv.rowCount(), width);
    List<ScoreWatch> watches = new ArrayList<>();
    int first = 0;
    for (int rows : frames) {
      try (var _ = w.frame()) {
        KeyValues kv = KeyValues.fixed(heads, headDim, rows, w);
        kv.append(qkv, first, rows, width, 2 * width, w);
        watches.add(forward(qkv, List.of(Sequence.full(kv, first, rows)), out, w));
      }
      first += rows;
    }
    ScoreWatch.framesEnded(watches);
    return out;
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
    forward(q, List.of(Sequence.causal(kv, 0, q.rowCount())), out, w);
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
    forward(q, sequences, out, w);
    return out;
  }

  /**
   * Attends.
   *
   * @param q queries; those of a row start with it, head after head
   * @return what watched the scores
   */
  private ScoreWatch forward(Tensor q, List<Sequence> sequences, Tensor out, Workspace w) {
    ScoreRule rule = ScoreRule.of(w.profile(), id.part(), headDim);
    OperationId values = id.step(Step.WEIGHTED_VALUES);
    Watches watches =
        new Watches(
            ScoreWatch.of(id, rule, sequences, heads, w),
            ScoreExtremes.of(id, rule, sequences, heads, w),
            PeakWatch.of(id, rule, sequences.size(), w),
            SumWatch.ofAttention(id.step(Step.SCORES), w),
            SumWatch.ofAttention(values, w),
            new AttentionOperands(id, heads, headDim, w));
    w.operation(
        values,
        RoundingPlace.AT_END,
        Sequence.rows(sequences, out),
        rounding -> forward(q, sequences, out, rule, watches, rounding, w));
    watches.values.ended();
    return watches.scores;
  }

  private void forward(
      Tensor q,
      List<Sequence> sequences,
      Tensor out,
      ScoreRule rule,
      Watches watches,
      DType rounding,
      Workspace w) {
    try (var _ = w.frame()) {
      Tensor ready = rule.queries(q, w);
      Rows queries = Rows.of(ready);
      AttentionTiles tiles = AttentionTiles.ofHeads(heads, headDim, queries, sequences, out);
      Rows scores = scoreMemory(tiles, w);
      List<ScoreRule> rules = new ArrayList<>();
      for (Sequence s : sequences) {
        rules.add(
            rule.forSequence(test -> anyRow(tiles.forSequence(s), test, scores, w), w.kernels()));
      }
      // A watch sees one head at a time.
      boolean watched = watches.scores.on() || watches.extremes.on();
      (watched ? tiles : tiles.groupedFor(w.backend().threads()))
          .forEach(
              w.backend(),
              (tile, worker) -> {
                ScoreRule own = rules.get(tile.sequenceNumber());
                attend(tile, own, watches, mine(scores, worker), rounding, w, worker);
              });
      watches.products.ended();
      watches.scores.ended();
      watches.extremes.ended();
      watches.peaks.ended();
    }
  }

  /**
   * What looks at attention while it is computed.
   *
   * @param scores at the scores
   * @param extremes at the largest of them, in place of {@code scores}
   * @param peaks at the largest of them
   * @param products at the sums that give the scores
   * @param values at the weighted sums of values
   * @param operands at what goes into both
   */
  private record Watches(
      ScoreWatch scores,
      ScoreExtremes extremes,
      PeakWatch peaks,
      SumWatch products,
      SumWatch values,
      AttentionOperands operands) {

    RowWatch forTile(Tile tile) {
      return peaks.forTile(tile, extremes.on() ? extremes.forTile(tile) : scores.forTile(tile));
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
      Tile tile, ScoreRule rule, Watches watches, Rows s, DType rounding, Workspace w, int worker) {
    Products products = watches.products.products(tile, tile.sequence().firstKey());
    scores(products, tile, tile.used(rule, tile.rows() - 1), s, w, worker);
    watches.operands.scores(tile);
    RowWatch watch = watches.forTile(tile);
    float[] factors = new float[tile.rows()];
    for (int r = 0; r < factors.length; r++) {
      Row row = new Row(s.segment(), s.start(r), tile.sequence().keys());
      int query = tile.query(r);
      factors[r] = rule.weigh(w.kernels(), row, query, tile.sequence().visible(query), watch);
    }
    watches.operands.values(tile, rule, s, factors);
    Products sums = watches.values.products(tile, tile.head() * headDim);
    weightedValues(sums, tile, rule, s, factors, rounding, w, worker);
  }

  /** s = q kᵀ for the first keys, float32 chains, not yet rounded. */
  private static void scores(
      Products products, Tile tile, int seen, Rows s, Workspace w, int worker) {
    PanelRange panels = new PanelRange(0, PanelMatrix.panels(seen));
    Rows to = s.part(0, tile.rows(), 0);
    products.multiply(tile.q(), tile.keys(), panels, to, false, w.scratch(worker));
  }

  /** o = p v: the keys that all rows use in one product, the others row by row. */
  private void weightedValues(
      Products products,
      Tile tile,
      ScoreRule rule,
      Rows p,
      float[] factors,
      DType rounding,
      Workspace w,
      int worker) {
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
          scores(w.attentionProducts(), tile, keys, s, w, worker);
          for (int r = 0; r < tile.rows(); r++) {
            if (test.test(new Row(s.segment(), s.start(r), keys))) {
              found.set(true);
            }
          }
        });
    return found.get();
  }
}
