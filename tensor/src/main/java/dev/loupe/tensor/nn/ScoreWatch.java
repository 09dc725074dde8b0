package dev.loupe.tensor.nn;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Workspace;
import dev.loupe.tensor.nn.AttentionTiles.Sequence;
import dev.loupe.tensor.nn.AttentionTiles.Tile;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NonFiniteScores;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Shows an observer the scores of eager attention before scaling and mask: statistics of all, each
 * one that overflows or is not finite, and the one nearest to that.
 *
 * <p>All threads compute scores, each whole blocks of them. A block notes what it sees, and when
 * all are done {@link #ended} shows it in the order of heads, queries and keys. The frames of the
 * tower, each watched alone, are one sequence of patches: what of all of them is not finite is
 * shown together, by {@link #framesEnded}.
 */
final class ScoreWatch {

  private final boolean on;
  private final ModuleId attention;
  private final DType type;
  private final Workspace w;

  /** The blocks of each sequence, each block once it has begun. */
  private final ScoreBlock[][] blocks;

  private ScoreWatch(
      boolean on, ModuleId attention, DType type, ScoreBlock[][] blocks, Workspace w) {
    this.on = on;
    this.attention = attention;
    this.type = type;
    this.w = w;
    this.blocks = blocks;
  }

  /**
   * A watch that is on if there is a tensor of scores and an observer that wants it. Overflows are
   * those of the scores' own type, which one remedy makes float32.
   *
   * @param attention whose scores
   * @param heads how many heads the tiles of a sequence run through
   */
  static ScoreWatch of(
      ModuleId attention, ScoreRule rule, List<Sequence> sequences, int heads, Workspace w) {
    boolean on = w.traced() && !w.trace().wantsExtremes() && rule.scores().isPresent();
    ScoreBlock[][] blocks = new ScoreBlock[on ? sequences.size() : 0][];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = new ScoreBlock[heads * sequences.get(i).tiles()];
    }
    return new ScoreWatch(on, attention, rule.scores().orElse(DType.F32), blocks, w);
  }

  boolean on() {
    return on;
  }

  /** What watches a tile, all of whose rows belong to one head. */
  RowWatch forTile(Tile tile) {
    if (!on) {
      return RowWatch.NONE;
    }
    ScoreBlock block = new ScoreBlock(attention, type, tile, w);
    blocks[tile.sequenceNumber()][tile.number()] = block;
    return block;
  }

  /** The scores of some blocks that are not finite. */
  private record NonFinite(Part part, int layer, List<ScoreBlock> blocks)
      implements NonFiniteScores {

    @Override
    public long count() {
      return blocks.stream().mapToLong(ScoreBlock::nonFinite).sum();
    }

    @Override
    public void forEach(Visitor visitor) {
      for (ScoreBlock block : blocks) {
        block.showNonFinite(visitor);
      }
    }
  }

  /** All rows of all heads were seen. */
  void ended() {
    for (ScoreBlock[] sequence : blocks) {
      show(sequence);
    }
  }

  /** All frames of a layer of the tower were seen, each by a watch of its own. */
  static void framesEnded(List<ScoreWatch> frames) {
    List<ScoreBlock> blocks =
        frames.stream().flatMap(f -> Arrays.stream(f.blocks)).flatMap(Arrays::stream).toList();
    frames.stream().filter(ScoreWatch::on).findFirst().ifPresent(f -> f.showNonFinite(blocks));
  }

  private void showNonFinite(List<ScoreBlock> of) {
    int layer = attention.layer().orElseThrow();
    w.trace().nonFinite(new NonFinite(attention.part(), layer, of));
  }

  private void show(ScoreBlock[] sequence) {
    boolean operations = w.trace().wantsOperations();
    if (operations) {
      for (ScoreBlock block : sequence) {
        block.showExtremes();
      }
    }
    if (attention.part() == Part.DECODER) {
      showNonFinite(List.of(sequence));
    }
    if (w.trace().wantsDistribution()) {
      List<ScoreBlock> all = List.of(sequence);
      w.trace().exponents(attention.step(Step.SCORES), ScoreDistribution.exponents(all));
      w.trace().peaks(ScoreDistribution.peaks(attention, all));
    }
    if (operations) {
      showStatistics(sequence);
      AbsorbingRows.together(Arrays.stream(sequence).flatMap(ScoreBlock::absorbed))
          .forEach(w.trace()::absorbed);
      nearest(sequence).ifPresent(w.trace()::nearest);
    }
  }

  private void showStatistics(ScoreBlock[] sequence) {
    TensorStatistics scores = TensorStatistics.NONE;
    TensorStatistics masked = TensorStatistics.NONE;
    for (ScoreBlock block : sequence) {
      scores = scores.plus(block.scores());
      masked = masked.plus(block.maskedScores());
    }
    w.trace().operation(attention.step(Step.SCORES), scores);
    if (masked.elements() > 0) {
      w.trace().operation(attention.step(Step.MASKED_SCORES), masked);
    }
  }

  /** Empty where all scores are NaN. */
  private static Optional<ExtremeScore> nearest(ScoreBlock[] sequence) {
    return Arrays.stream(sequence)
        .flatMap(block -> block.nearest().stream())
        .reduce((a, b) -> Math.abs(b.distance()) < Math.abs(a.distance()) ? b : a);
  }
}
