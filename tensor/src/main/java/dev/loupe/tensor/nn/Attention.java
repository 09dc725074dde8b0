package dev.loupe.tensor.nn;

import static dev.loupe.tensor.internal.PanelMatrix.LANES;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.RoundingPlace;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.internal.PanelRange;
import dev.loupe.tensor.internal.Products;
import dev.loupe.tensor.internal.Rows;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Scaled dot-product attention (Vaswani et al., arXiv 1706.03762): softmax(q kᵀ / sqrt(d)) v, with
 * the roundings of the profile's {@link AttentionKind}.
 *
 * <p>Queries go in blocks of {@link #BLOCK} rows, two tiles of products high, so the scores of a
 * picture of n patches need 24 n floats a thread and never n². Where scores are float32 a causal
 * row looks only at the keys it may see: a masked key would have the weight +0. Where they are
 * rounded to 16 bits it computes all of them as PyTorch does, because a masked score that
 * overflows, or a masked NaN, spoils the row.
 */
public final class Attention {
  private static final int BLOCK = 24;

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
    forward(List.of(new Pass(q, column, firstRow, rows, kv, kv.length(), false, out)), w);
  }

  /**
   * Row r of q is the query of position {@code kv.length() - rows + r} and attends to the keys up
   * to its own.
   *
   * @param q [rows, heads * headDim]
   * @return the output [rows, heads * headDim], in scratch memory
   */
  public Tensor causal(Tensor q, KeyValues kv, Workspace w) {
    int rows = q.rowCount();
    Tensor out = w.matrix(rows, heads * headDim);
    forward(List.of(new Pass(q, 0, 0, rows, kv, kv.length() - rows + 1, true, out)), w);
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
    List<Pass> passes = new ArrayList<>();
    for (int r = 0; r < caches.size(); r++) {
      KeyValues kv = caches.get(r);
      passes.add(new Pass(q, 0, r, 1, kv, kv.length(), true, out));
    }
    forward(passes, w);
    return out;
  }

  /**
   * The rows of one sequence.
   *
   * @param visible how many keys the first row may see; the next row sees one more if {@code
   *     causal}
   */
  private record Pass(
      Tensor q,
      int column,
      int firstRow,
      int rows,
      KeyValues kv,
      int visible,
      boolean causal,
      Tensor out) {

    int blocks() {
      return (rows + BLOCK - 1) / BLOCK;
    }

    int visible(int row) {
      return causal ? visible + row : visible;
    }

    Pass withQueries(Tensor other) {
      return new Pass(other, column, firstRow, rows, kv, visible, causal, out);
    }
  }

  /** A pass, the rule of its scores, and who watches them. */
  private record Ruled(Pass pass, ScoreRule rule, ScoreWatch watch) {}

  /**
   * Queries that one product takes to their keys.
   *
   * @param head the query head; of several, the first
   * @param row the row of the first query
   * @param next by how many rows the next query is further on: 0 for several heads of one row
   * @param rows how many queries
   * @param q where the first query starts, and from there {@code qStride} to the next
   * @param out where its output goes, likewise
   */
  private record Block(
      int head, int row, int next, int rows, long q, int qStride, long out, int outStride) {}

  /** Block {@code item} of all heads and rows. */
  private Block block(Pass pass, int item) {
    int head = item / pass.blocks();
    int row = item % pass.blocks() * BLOCK;
    int qStride = pass.q.columnCount();
    int outStride = pass.out.columnCount();
    long first = pass.firstRow + row;
    long column = (long) head * headDim;
    return new Block(
        head,
        row,
        1,
        Math.min(BLOCK, pass.rows - row),
        first * qStride + pass.column + column,
        qStride,
        first * outStride + column,
        outStride);
  }

  /** All query heads of one row that share a key head, so that keys and values are read once. */
  private Block group(Pass pass, int keyHead) {
    int group = heads / pass.kv.heads();
    int head = keyHead * group;
    long column = (long) head * headDim;
    long q = (long) pass.firstRow * pass.q.columnCount() + pass.column + column;
    long out = (long) pass.firstRow * pass.out.columnCount() + column;
    return new Block(head, 0, 0, group, q, headDim, out, headDim);
  }

  /**
   * Whether rows are to be computed in groups of heads, and that leaves no thread idle. A watch
   * wants one head at a time.
   */
  private boolean grouped(List<Ruled> passes, Workspace w) {
    Pass pass = passes.getFirst().pass;
    int keyHeads = pass.kv.heads();
    return pass.rows == 1
        && !passes.getFirst().watch.on()
        && keyHeads < heads
        && heads / keyHeads <= BLOCK
        && w.backend().threads() <= keyHeads * passes.size();
  }

  /** Passes of as many rows each. */
  private void forward(List<Pass> given, Workspace w) {
    Pass first = given.getFirst();
    long rows = (long) given.size() * first.rows;
    w.operation(
        id.step(Step.WEIGHTED_VALUES),
        RoundingPlace.AT_END,
        first.out.rows(first.firstRow, first.firstRow + rows),
        rounding -> forward(given, rounding, w));
  }

  private void forward(List<Pass> given, DType rounding, Workspace w) {
    try (var _ = w.frame()) {
      NumericsProfile profile = profile(w);
      Tensor scores = scoreMemory(given, w);
      int blocks = heads * given.getFirst().blocks();
      List<Ruled> passes = new ArrayList<>();
      for (Pass pass : profile.remedy() == ScoreRemedy.SCALE_FIRST ? scaled(given, w) : given) {
        ScoreWatch watch = ScoreWatch.of(profile, id, pass.visible - 1, blocks, w);
        boolean overflowed =
            profile.remedy() == ScoreRemedy.CLAMP && anyInfinite(pass, scores, profile, w);
        passes.add(new Ruled(pass, ScoreRule.of(profile, headDim, overflowed), watch));
      }
      if (grouped(passes, w)) {
        each(passes, given.getFirst().kv.heads(), this::group, scores, rounding, w);
      } else {
        each(passes, blocks, this::block, scores, rounding, w);
      }
      passes.forEach(ruled -> ruled.watch.ended());
    }
  }

  /** {@link #BLOCK} rows for each thread, as long as the longest sequence. */
  private static Tensor scoreMemory(List<Pass> passes, Workspace w) {
    int longest = 0;
    for (Pass pass : passes) {
      longest = Math.max(longest, pass.kv.length());
    }
    // Never a multiple of 4096 bytes for the usual pictures: rows would share cache sets.
    return w.matrix(w.backend().threads() * BLOCK, (longest / LANES + 1) * LANES);
  }

  /** The tower has no remedies. */
  private NumericsProfile profile(Workspace w) {
    NumericsProfile profile = w.profile();
    return id.part() != Part.DECODER && profile.remedy() != ScoreRemedy.NONE
        ? profile.with(ScoreRemedy.NONE)
        : profile;
  }

  /** All passes have the same queries. */
  private List<Pass> scaled(List<Pass> passes, Workspace w) {
    Tensor q = w.copy(passes.getFirst().q);
    long count = q.shape().elements();
    w.kernels().scale(w.compute(), q.segment(), 0, count, ScoreRule.scale(headDim));
    return passes.stream().map(pass -> pass.withQueries(q)).toList();
  }

  /** Which queries item n of a pass are. */
  @FunctionalInterface
  private interface Blocks {
    Block of(Pass pass, int item);
  }

  /**
   * Items of all passes, those of the first heads first, so that threads share long and short
   * sequences.
   */
  private void each(
      List<Ruled> passes, int items, Blocks blocks, Tensor scores, DType rounding, Workspace w) {
    w.backend()
        .parallel(
            items * passes.size(),
            (from, to, worker) -> {
              for (int i = from; i < to; i++) {
                attend(
                    passes.get(i % passes.size()),
                    i / passes.size(),
                    blocks,
                    scores,
                    rounding,
                    w,
                    worker);
              }
            });
  }

  private void attend(
      Ruled ruled,
      int item,
      Blocks blocks,
      Tensor scores,
      DType rounding,
      Workspace w,
      int worker) {
    Pass pass = ruled.pass;
    Block block = blocks.of(pass, item);
    RowWatch watch = ruled.watch.block(item, block.head);
    ScoreRule rule = ruled.rule;
    Tensor mine = scores.rows((long) worker * BLOCK, (worker + 1L) * BLOCK);
    int last = block.row + block.next * (block.rows - 1);
    scores(pass, block, rule.used(pass.visible(last), pass.kv.length()), mine, w, worker);
    float[] factors = new float[block.rows];
    for (int r = 0; r < block.rows; r++) {
      int row = block.row + block.next * r;
      long at = (long) r * mine.columnCount();
      int visible = pass.visible(row);
      int keys = pass.kv.length();
      factors[r] = rule.weigh(w.kernels(), mine.segment(), at, row, visible, keys, watch);
    }
    weightedValues(pass, block, rule, factors, mine, rounding, w, worker);
  }

  /** s = q kᵀ for the first keys, float32 chains, not yet rounded. */
  private void scores(Pass pass, Block block, int seen, Tensor scores, Workspace w, int worker) {
    w.products()
        .multiply(
            new Rows(pass.q.segment(), block.q, block.qStride, block.rows),
            pass.kv.keys(keyHead(pass, block.head)),
            new PanelRange(0, PanelMatrix.panels(seen)),
            new Rows(scores.segment(), 0, scores.columnCount(), block.rows),
            false,
            w.scratch(worker));
  }

  private int keyHead(Pass pass, int head) {
    return head / (heads / pass.kv.heads());
  }

  /** o = p v: the keys that all rows use in one product, the others row by row. */
  private void weightedValues(
      Pass pass,
      Block block,
      ScoreRule rule,
      float[] factors,
      Tensor weights,
      DType rounding,
      Workspace w,
      int worker) {
    Products products = w.products();
    float[] scratch = w.scratch(worker);
    PanelMatrix values = pass.kv.values(keyHead(pass, block.head));
    MemorySegment out = pass.out.segment();
    Rows a = Rows.of(weights);
    Rows c = new Rows(out, block.out, block.outStride, block.rows);
    int common = rule.used(pass.visible(block.row), pass.kv.length());
    products.weightedSum(a.part(0, block.rows, 0), values.steps(0, common), c, false, scratch);
    for (int r = 0; r < block.rows; r++) {
      long at = c.start(r);
      int used = rule.used(pass.visible(block.row + block.next * r), pass.kv.length());
      if (used > common) {
        PanelMatrix more = values.steps(common, used);
        products.weightedSum(a.part(r, 1, common), more, c.part(r, 1, 0), true, scratch);
      }
      if (factors[r] != 1) {
        w.kernels().scale(DType.F32, out, at, headDim, factors[r]);
      }
      w.kernels().round(rounding, out, at, headDim);
    }
  }

  /** Whether any score of the layer is infinite in the compute type, masked ones included. */
  private boolean anyInfinite(Pass pass, Tensor scores, NumericsProfile profile, Workspace w) {
    boolean[] found = new boolean[w.backend().threads()];
    w.backend()
        .parallel(
            heads * pass.blocks(),
            (from, to, worker) -> {
              Tensor mine = scores.rows((long) worker * BLOCK, (worker + 1L) * BLOCK);
              for (int item = from; item < to && !found[worker]; item++) {
                Block block = block(pass, item);
                scores(pass, block, pass.kv.length(), mine, w, worker);
                found[worker] = infinite(mine, block.rows, pass.kv.length(), profile.compute(), w);
              }
            });
    for (boolean f : found) {
      if (f) {
        return true;
      }
    }
    return false;
  }

  private static boolean infinite(Tensor scores, int rows, int keys, DType compute, Workspace w) {
    for (int r = 0; r < rows; r++) {
      long at = (long) r * scores.columnCount();
      TensorStatistics row = w.kernels().statistics(compute, scores.segment(), at, keys);
      if (row.positiveInfinite() + row.negativeInfinite() > 0) {
        return true;
      }
    }
    return false;
  }
}
