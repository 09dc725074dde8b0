package dev.loupe.engine.compare;

import dev.loupe.engine.compare.TraceStage.Kind;
import dev.loupe.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which rows of a stage were computed from equal numbers in both traces. What differs in such a row
 * was made by this stage and not handed on: only there can a stage be judged by itself.
 */
final class EqualInputs {
  private final TraceFile a;
  private final TraceFile b;
  private final Map<TraceStage, Compared> compared = new HashMap<>();
  private TraceStage lastLayer;
  private TraceStage lastBlock;

  /** The rows of a stage, how many both have, and which of them differ. */
  private record Compared(int rows, boolean complete, BitSet differing) {}

  EqualInputs(TraceFile a, TraceFile b) {
    this.a = a;
    this.b = b;
  }

  /** Keeps what was found of a stage. */
  void add(TraceStage stage, StageDistance distance) {
    Tensor one = a.stages().get(stage);
    Tensor other = b.stages().get(stage);
    int rows = rows(stage);
    boolean complete = Values.rows(one) == Values.rows(other) && !lastRowsOnly();
    compared.put(stage, new Compared(rows, complete, distance.differingRows()));
    lastLayer = stage.kind() == Kind.LAYER ? stage : lastLayer;
    lastBlock = stage.kind() == Kind.BLOCK ? stage : lastBlock;
  }

  /** The rows of the longer trace. */
  int rows(TraceStage stage) {
    return Math.max(Values.rows(a.stages().get(stage)), Values.rows(b.stages().get(stage)));
  }

  /** Whether one of the traces holds only the last row of each stage. */
  private boolean lastRowsOnly() {
    return lastRowsOnly(a) || lastRowsOnly(b);
  }

  private static boolean lastRowsOnly(TraceFile trace) {
    TraceStage embeds = TraceStage.of(Kind.INPUTS_EMBEDS, 0);
    Tensor rows = trace.stages().get(embeds);
    return rows != null
        && Values.rows(rows) == 1
        && trace.tensor(Kind.INPUT_IDS).map(ids -> ids.shape().elements() > 1).orElse(false);
  }

  /** Rows whose inputs are equal, by their place in the longer trace. */
  BitSet of(TraceStage stage) {
    int rows = rows(stage);
    return switch (stage.kind()) {
      case PATCH_EMBED -> untouched(TraceStage.of(Kind.PIXEL_VALUES, 0), rows, true);
      case BLOCK ->
          together(
              stage.number() == 0
                  ? TraceStage.of(Kind.PATCH_EMBED, 0)
                  : TraceStage.of(Kind.BLOCK, stage.number() - 1),
              rows);
      case MERGER -> merged(rows);
      case INPUTS_EMBEDS -> text(rows);
      case LAYER -> prefix(stage, rows);
      case NORM -> untouched(lastLayer, rows, false);
      case LOGITS -> untouched(TraceStage.of(Kind.NORM, 0), rows, false);
      default -> all(rows);
    };
  }

  private static BitSet all(int rows) {
    BitSet all = new BitSet();
    all.set(0, rows);
    return all;
  }

  /** Each row stems from the same row of the stage before. */
  private BitSet untouched(TraceStage before, int rows, boolean ifUnknown) {
    Compared inputs = compared.get(before);
    if (inputs == null) {
      return ifUnknown ? all(rows) : new BitSet();
    }
    BitSet equal = all(rows);
    inputs.differing().stream()
        .map(row -> row - (inputs.rows() - rows))
        .filter(row -> row >= 0)
        .forEach(equal::clear);
    return equal;
  }

  /** Each row stems from all rows of the stage before. */
  private BitSet together(TraceStage before, int rows) {
    Compared inputs = compared.get(before);
    return inputs != null && inputs.complete() && inputs.differing().isEmpty()
        ? all(rows)
        : new BitSet();
  }

  /** Each row stems from a group of patches. */
  private BitSet merged(int rows) {
    Compared patches = compared.get(lastBlock);
    if (patches == null || !patches.complete() || rows == 0 || patches.rows() % rows != 0) {
      return new BitSet();
    }
    BitSet equal = all(rows);
    patches.differing().stream().map(row -> row / (patches.rows() / rows)).forEach(equal::clear);
    return equal;
  }

  /** Rows of text: those that are no row of the merger. */
  private BitSet text(int rows) {
    BitSet text = all(rows);
    Tensor merger = a.stages().get(TraceStage.of(Kind.MERGER, 0));
    Tensor embeds = a.stages().get(TraceStage.of(Kind.INPUTS_EMBEDS, 0));
    if (merger == null) {
      return text;
    }
    Set<FloatBuffer> pictures = new HashSet<>();
    for (int r = 0; r < Values.rows(merger); r++) {
      pictures.add(row(merger, r));
    }
    for (int r = 0; r < Values.rows(embeds); r++) {
      if (pictures.contains(row(embeds, r))) {
        text.clear(r + rows - Values.rows(embeds));
      }
    }
    return text;
  }

  private static FloatBuffer row(Tensor t, int row) {
    float[] values = new float[Values.columns(t)];
    Values.read(t, row, values);
    return FloatBuffer.wrap(values);
  }

  /** Each row stems from the rows up to it. */
  private BitSet prefix(TraceStage layer, int rows) {
    TraceStage before =
        layer.number() == 0
            ? TraceStage.of(Kind.INPUTS_EMBEDS, 0)
            : TraceStage.of(Kind.LAYER, layer.number() - 1);
    Compared inputs = compared.get(before);
    boolean textOnly = layer.number() == 0 && a.tensor(Kind.MERGER).isEmpty();
    if (inputs == null || inputs.rows() != rows || !inputs.complete() && !textOnly) {
      return new BitSet();
    }
    int first = inputs.differing().nextSetBit(0);
    return all(first < 0 ? rows : first);
  }
}
