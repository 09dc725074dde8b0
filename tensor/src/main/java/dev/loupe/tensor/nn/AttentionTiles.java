package dev.loupe.tensor.nn;

import dev.loupe.tensor.Backend;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.internal.PanelMatrix;
import dev.loupe.tensor.internal.Rows;
import java.util.List;

/**
 * Which queries meet which keys. The queries are cut into tiles, and one product multiplies a tile
 * with its keys: up to {@link #HEIGHT} rows of one head, or all query heads of one row that share a
 * key head, so that keys and values are read once.
 */
final class AttentionTiles {

  /** Rows of a tile: two tiles of products. */
  static final int HEIGHT = 24;

  private final int heads;
  private final int headDim;
  private final List<Sequence> sequences;
  private final Rows q;
  private final Rows out;
  private final boolean grouped;

  /**
   * Queries that see the keys of one sequence.
   *
   * @param kv the keys and their values
   * @param firstRow the row of the first query
   * @param rows how many queries, one a row
   * @param visible how many keys the first query may see; the next one sees one more if {@code
   *     causal}
   */
  record Sequence(KeyValues kv, int firstRow, int rows, int visible, boolean causal) {

    /** Every query sees every key. */
    static Sequence full(KeyValues kv, int firstRow, int rows) {
      return new Sequence(kv, firstRow, rows, kv.length(), false);
    }

    /** The queries of the last positions; each sees the keys up to its own. */
    static Sequence causal(KeyValues kv, int firstRow, int rows) {
      return new Sequence(kv, firstRow, rows, kv.length() - rows + 1, true);
    }

    /** The rows of {@code out} that belong to sequences of as many rows each. */
    static Tensor rows(List<Sequence> sequences, Tensor out) {
      Sequence first = sequences.getFirst();
      long end = first.firstRow + (long) sequences.size() * first.rows;
      return out.rows(first.firstRow, end);
    }

    /** How many keys there are. */
    int keys() {
      return kv.length();
    }

    /** The position of the first query; where every query sees every key, its row. */
    int firstQuery() {
      return causal ? visible - 1 : firstRow;
    }

    /** The position of the first key, likewise. */
    int firstKey() {
      return causal ? 0 : firstRow;
    }

    /** How many keys query {@code row} may see. */
    int visible(int row) {
      return causal ? visible + row : visible;
    }

    /** How many tiles the rows of one head make. */
    int tiles() {
      return (rows + HEIGHT - 1) / HEIGHT;
    }
  }

  /**
   * Queries that one product multiplies with their keys.
   *
   * @param sequence whose they are
   * @param sequenceNumber its index among the sequences
   * @param number of the tile in its sequence
   * @param head the query head; of several, the first
   * @param keyHead the head of keys and values
   * @param row the query of the first row
   * @param next by how many queries the next row is further on: 0 for several heads of one query
   * @param q the queries
   * @param out where their outputs go
   */
  record Tile(
      Sequence sequence,
      int sequenceNumber,
      int number,
      int head,
      int keyHead,
      int row,
      int next,
      Rows q,
      Rows out) {

    int rows() {
      return q.count();
    }

    PanelMatrix keys() {
      return sequence.kv.keys(keyHead);
    }

    PanelMatrix values() {
      return sequence.kv.values(keyHead);
    }

    /** Which query head row {@code r} is of. */
    int head(int r) {
      return next == 0 ? head + r : head;
    }

    /** Which query of the sequence row {@code r} is. */
    int query(int r) {
      return row + next * r;
    }

    /** How many weights of row {@code r} take part in the sum. */
    int used(ScoreRule rule, int r) {
      return rule.used(sequence.visible(query(r)), sequence.keys());
    }
  }

  private AttentionTiles(
      int heads, int headDim, List<Sequence> sequences, Rows q, Rows out, boolean grouped) {
    this.heads = heads;
    this.headDim = headDim;
    this.sequences = sequences;
    this.q = q;
    this.out = out;
    this.grouped = grouped;
  }

  /**
   * Tiles of one head each.
   *
   * @param q queries; head 0 of each starts {@code q.offset()} after its row
   * @param sequences of as many rows each
   */
  static AttentionTiles ofHeads(
      int heads, int headDim, Rows q, List<Sequence> sequences, Tensor out) {
    return new AttentionTiles(heads, headDim, sequences, q, Rows.of(out), false);
  }

  /**
   * The same with the heads of a row in groups, where that is possible and leaves no thread idle.
   */
  AttentionTiles groupedFor(int threads) {
    Sequence first = sequences.getFirst();
    int keyHeads = first.kv.heads();
    boolean possible =
        first.rows == 1
            && keyHeads < heads
            && heads / keyHeads <= HEIGHT
            && threads <= keyHeads * sequences.size();
    return new AttentionTiles(heads, headDim, sequences, q, out, possible);
  }

  /** The tiles of one sequence. */
  AttentionTiles forSequence(Sequence sequence) {
    return new AttentionTiles(heads, headDim, List.of(sequence), q, out, grouped);
  }

  /** The number of keys of the longest sequence. */
  int longest() {
    int longest = 0;
    for (Sequence sequence : sequences) {
      longest = Math.max(longest, sequence.keys());
    }
    return longest;
  }

  /** Work on a tile by one thread. */
  @FunctionalInterface
  interface TileWork {
    void run(Tile tile, int worker);
  }

  /**
   * Does some work on every tile, with all threads. Tiles of the first heads come first, so that
   * threads share long and short sequences.
   */
  void forEach(Backend backend, TileWork work) {
    Sequence first = sequences.getFirst();
    int each = grouped ? first.kv.heads() : heads * first.tiles();
    int count = sequences.size();
    backend.parallel(
        each * count,
        (from, to, worker) -> {
          for (int i = from; i < to; i++) {
            work.run(grouped ? group(i % count, i / count) : block(i % count, i / count), worker);
          }
        });
  }

  /** Rows of one head. */
  private Tile block(int sequenceNumber, int number) {
    Sequence sequence = sequences.get(sequenceNumber);
    int head = number / sequence.tiles();
    int row = number % sequence.tiles() * HEIGHT;
    int rows = Math.min(HEIGHT, sequence.rows - row);
    int keyHead = head / (heads / sequence.kv.heads());
    long column = (long) head * headDim;
    return new Tile(
        sequence,
        sequenceNumber,
        number,
        head,
        keyHead,
        row,
        1,
        q.part(sequence.firstRow + row, rows, column),
        out.part(sequence.firstRow + row, rows, column));
  }

  /** Heads of one row. */
  private Tile group(int sequenceNumber, int keyHead) {
    Sequence sequence = sequences.get(sequenceNumber);
    int group = heads / sequence.kv.heads();
    int head = keyHead * group;
    long column = (long) head * headDim;
    return new Tile(
        sequence,
        sequenceNumber,
        keyHead,
        head,
        keyHead,
        0,
        0,
        new Rows(q.segment(), q.start(sequence.firstRow) + column, headDim, group),
        new Rows(out.segment(), out.start(sequence.firstRow) + column, headDim, group));
  }
}
