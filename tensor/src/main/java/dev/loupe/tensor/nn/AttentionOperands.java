package dev.loupe.tensor.nn;

import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Row;
import dev.loupe.tensor.internal.Rows;
import dev.loupe.tensor.nn.AttentionTiles.Tile;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.Operands;
import dev.loupe.tensor.numerics.Operands.Kind;
import dev.loupe.tensor.numerics.ResultElement;
import dev.loupe.tensor.numerics.Step;
import java.util.Optional;
import java.util.OptionalInt;

/** Shows an observer the operands of a score, or of a weighted sum of values, if it asks. */
final class AttentionOperands {
  private final ModuleId attention;
  private final int headDim;
  private final Optional<ResultElement> score;
  private final Optional<ResultElement> sum;
  private final Workspace w;

  /** Asks the observer. */
  AttentionOperands(ModuleId attention, int heads, int headDim, Workspace w) {
    this.attention = attention;
    this.headDim = headDim;
    this.w = w;
    this.score = w.trace().wantsOperands(attention.step(Step.SCORES));
    this.sum =
        w.trace()
            .wantsOperands(attention.step(Step.WEIGHTED_VALUES))
            .map(e ->
                new ResultElement(e.head(), e.row(heads * headDim), e.column(heads * headDim)));
  }

  /** The scores of a tile were computed; its queries and keys are still there. */
  void scores(Tile tile) {
    score.ifPresent(e -> {
      int key = Math.toIntExact(e.column()) - tile.sequence().firstKey();
      boolean inSequence = key >= 0 && key < tile.sequence().keys();
      int query = query(tile, e.row() - tile.sequence().firstQuery());
      if (inSequence) {
        row(tile, e.head().orElse(0), query)
            .ifPresent(r -> show(Step.SCORES, score(tile, r, query, key)));
      }
    });
  }

  private Operands score(Tile tile, int r, int query, int key) {
    return new OperandCopies()
        .row("query", new Row(tile.q().segment(), tile.q().start(r), headDim))
        .rows("keys", tile.keys(), 0, tile.sequence().keys())
        .number("visible", tile.sequence().visible(query))
        .of(Kind.SCORES, query, key);
  }

  /** The weights of a tile were computed. */
  void values(Tile tile, ScoreRule rule, Rows p, float[] factors) {
    sum.ifPresent(e -> {
      int column = Math.toIntExact(e.column());
      int query = e.row() - (e.head().isPresent() ? tile.sequence().firstRow() : 0);
      row(tile, column / headDim, query(tile, query))
          .ifPresent(r -> {
            int used = tile.used(rule, r);
            show(
                Step.WEIGHTED_VALUES,
                new OperandCopies()
                    .row("weights", new Row(p.segment(), p.start(r), used))
                    .row("values", tile.values(), column % headDim, used)
                    .number("factor", factors[r])
                    .of(Kind.WEIGHTED_VALUES, query, column));
          });
    });
  }

  /** A pass over one token has one query, whatever its position. */
  private static int query(Tile tile, int query) {
    return tile.sequence().rows() == 1 ? 0 : query;
  }

  /** Which row of the tile has this head and query. */
  private static OptionalInt row(Tile tile, int head, int query) {
    for (int r = 0; r < tile.rows(); r++) {
      if (tile.head(r) == head && tile.query(r) == query) {
        return OptionalInt.of(r);
      }
    }
    return OptionalInt.empty();
  }

  private synchronized void show(Step step, Operands operands) {
    w.trace().operands(attention.step(step), operands);
  }
}
