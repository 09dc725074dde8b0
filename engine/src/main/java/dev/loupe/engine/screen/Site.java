package dev.loupe.engine.screen;

import dev.loupe.tensor.numerics.OperationId;
import java.util.Comparator;
import java.util.OptionalInt;

/**
 * A place in a model whose numbers are watched: an operation, or of the scores of attention one
 * query head.
 *
 * @param operation which
 * @param head of attention; empty for all other operations
 */
public record Site(OperationId operation, OptionalInt head) {

  /** The tower before the decoder, layer by layer. */
  static final Comparator<Site> ORDER =
      Comparator.comparing((Site s) -> s.operation.part())
          .thenComparingInt(s -> s.operation.module().layer().orElse(-1))
          .thenComparing(s -> s.operation.toString())
          .thenComparingInt(s -> s.head.orElse(-1));

  /** For people: {@code model.layers.1.self_attn.scores, head 3}. */
  @Override
  public String toString() {
    return operation + (head.isPresent() ? ", head " + head.getAsInt() : "");
  }
}
