package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.internal.Products;
import dev.loupe.tensor.internal.SumProbe;
import dev.loupe.tensor.nn.AttentionTiles.Tile;
import dev.loupe.tensor.numerics.Accumulation;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.SumOverflow;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Shows an observer whether sums of a product overflowed inside a matrix unit, and the first of
 * them. Off, and nothing but the products themselves, if nobody asks or no accumulator is float16.
 */
final class SumWatch {
  private static final Comparator<SumOverflow> ORDER =
      Comparator.comparingInt((SumOverflow o) -> o.head().orElse(0))
          .thenComparingInt(SumOverflow::row)
          .thenComparingInt(SumOverflow::element);

  private final boolean on;
  private final OperationId operation;
  private final Products products;
  private final Workspace w;
  private Optional<SumOverflow> first = Optional.empty();
  private long sums;

  private SumWatch(boolean on, OperationId operation, Products products, Workspace w) {
    this.on = on && w.trace().wantsOperations();
    this.operation = operation;
    this.products = products;
    this.w = w;
  }

  /** A watch of a linear layer. */
  static SumWatch ofLinear(OperationId operation, Workspace w) {
    Accumulation accumulation = w.profile().accumulation();
    boolean on = accumulation.accumulator() == DType.F16 && !accumulation.attentionOnly();
    return new SumWatch(on, operation, w.products(), w);
  }

  /** A watch of a product of attention. */
  static SumWatch ofAttention(OperationId operation, Workspace w) {
    boolean on = w.profile().accumulation().accumulator() == DType.F16;
    return new SumWatch(on, operation, w.attentionProducts(), w);
  }

  /** The products of a linear layer, watched. */
  Products products() {
    return products(OptionalInt.empty(), 0, 0);
  }

  /**
   * The products of a tile, watched.
   *
   * @param firstElement the column of the result that output 0 stands for
   */
  Products products(Tile tile, int firstElement) {
    int firstRow = tile.sequence().firstRow() + tile.row();
    return products(OptionalInt.of(tile.head()), firstRow, firstElement);
  }

  private Products products(OptionalInt head, int firstRow, int firstElement) {
    if (!on) {
      return products;
    }
    return new SumProbe(
        products,
        w.profile().accumulation().core().orElseThrow(),
        (found, count) ->
            note(
                new SumOverflow(
                    operation,
                    head,
                    firstRow + found.row(),
                    firstElement + found.output(),
                    found.firstTerm(),
                    found.lastTerm(),
                    found.terms(),
                    found.before(),
                    found.float32(),
                    found.rounded(),
                    count)));
  }

  private synchronized void note(SumOverflow found) {
    sums += found.sums();
    if (first.isEmpty() || ORDER.compare(found, first.get()) < 0) {
      first = Optional.of(found);
    }
  }

  /** All threads are done. */
  void ended() {
    first.ifPresent(f -> w.trace().sumOverflow(f.withSums(sums)));
  }
}
