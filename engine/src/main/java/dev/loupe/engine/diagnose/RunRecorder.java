package dev.loupe.engine.diagnose;

import dev.loupe.engine.TokenListener;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.AbsorbedOverflow;
import dev.loupe.tensor.numerics.ExponentCounts;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.NonFiniteScores;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.ScorePeaks;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.tensor.numerics.SumOverflow;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** Collects what happens in one run of a prompt. One run, one thread. */
final class RunRecorder implements NumericsTrace, TokenListener {

  /** Events that are kept; all are counted. A longer list would not be read. */
  private static final int KEPT = 64;

  private final RunSettings runSettings;
  private final float edge;
  private final NearScores promptScores = new NearScores();
  private final List<Integer> tokens = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private final Map<OperationId, OperationRange> ranges = new LinkedHashMap<>();
  private final List<ScoreEvent> overflowing = new ArrayList<>();
  private final Map<Part, Integer> keptOverflows = new EnumMap<>(Part.class);
  private final List<ScoreEvent> onEdge = new ArrayList<>();
  private final List<OverflowCount> counts = new ArrayList<>();
  private final SumOverflows sums = new SumOverflows(KEPT);
  private final AbsorbedOverflows absorbed = new AbsorbedOverflows(KEPT);
  private final NanSpread spread = new NanSpread();
  private final Optional<DistributionRecorder> distribution;
  private final PromptInputs inputs = new PromptInputs();
  private float[] promptLogits = new float[0];
  private Optional<Overflow> firstOverflow = Optional.empty();
  private Optional<ExtremeScore> firstScore = Optional.empty();
  private OptionalInt firstBadToken = OptionalInt.empty();
  private int badTokens;
  private long overflows;
  private long masked;
  private long otherOverflows;
  private long exposed;

  /**
   * A recorder of a run.
   *
   * @param edge scores that lie no further from the threshold are kept
   */
  RunRecorder(RunSettings runSettings, float edge) {
    this(runSettings, edge, false);
  }

  /** The same, and if {@code distribution} it looks at every number, for plots. */
  RunRecorder(RunSettings runSettings, float edge, boolean distribution) {
    this.runSettings = runSettings;
    this.edge = edge;
    this.distribution = distribution ? Optional.of(new DistributionRecorder()) : Optional.empty();
  }

  @Override
  public boolean wantsOperations() {
    return true;
  }

  /** The current pass: the number of tokens chosen so far. */
  private int pass() {
    return tokens.size();
  }

  @Override
  public boolean token(int id, String piece) {
    tokens.add(id);
    text.append(piece);
    return true;
  }

  @Override
  public void stage(StageId stage, Tensor value) {
    inputs.stage(stage, value);
    if (stage.equals(StageId.LOGITS)) {
      logits(value);
    } else if (stage.part() != Part.INPUT) {
      spread.stage(pass(), stage, value);
    }
  }

  private void logits(Tensor value) {
    float[] last = value.toFloats();
    boolean bad = false;
    for (float logit : last) {
      bad |= !(Math.abs(logit) < Float.POSITIVE_INFINITY);
    }
    if (bad) {
      badTokens++;
      if (firstBadToken.isEmpty()) {
        firstBadToken = OptionalInt.of(pass() + 1);
      }
    }
    if (pass() == 0) {
      promptLogits = last;
    }
    spread.stage(pass(), StageId.LOGITS, value);
    spread.passEnded();
  }

  @Override
  public void nonFinite(NonFiniteScores scores) {
    Set<Integer> heads = new TreeSet<>();
    boolean causal = scores.part() == Part.DECODER;
    long[] infinite = {0, 0};
    scores.forEach((head, query, key, count, value) -> {
      if (!Float.isNaN(value)) {
        infinite[0] += count;
        infinite[1] += causal ? Math.clamp(key + count - query - 1L, 0, count) : 0;
        heads.add(head);
      }
    });
    if (causal) {
      overflows += infinite[0];
      masked += infinite[1];
    }
    if (infinite[0] > 0 && counts.size() < KEPT) {
      counts.add(
          new OverflowCount(
              pass(), scores.part(), scores.layer(), List.copyOf(heads), infinite[0], infinite[1]));
    }
  }

  @Override
  public void sumOverflow(SumOverflow overflow) {
    sums.add(pass(), overflow);
  }

  @Override
  public void absorbed(AbsorbedOverflow overflow) {
    absorbed.add(pass(), overflow);
  }

  @Override
  public void operation(OperationId operation, TensorStatistics s) {
    OperationRange range = OperationRange.of(operation, s);
    if (operation.step() == Step.MASKED_SCORES) {
      exposed += range.infinite();
      return;
    }
    ranges.merge(operation, range, OperationRange::plus);
    if (range.infinite() > 0) {
      otherOverflows += operation.isDecoderScores() ? 0 : range.infinite();
      if (firstOverflow.isEmpty()) {
        boolean scores = operation.step() == Step.SCORES;
        firstOverflow = Optional.of(overflow(operation, s, scores ? firstScore : Optional.empty()));
      }
    }
  }

  private Overflow overflow(
      OperationId operation, TensorStatistics s, Optional<ExtremeScore> score) {
    long index =
        s.firstPositiveInfinite() < 0
            ? s.firstNegativeInfinite()
            : s.firstNegativeInfinite() < 0
                ? s.firstPositiveInfinite()
                : Math.min(s.firstPositiveInfinite(), s.firstNegativeInfinite());
    long row = -1;
    if (score.isPresent()) {
      row = score.get().query();
    } else if (operation.part() == Part.DECODER && pass() == 0) {
      row = index / (s.elements() / inputs.ids().length);
    } else if (operation.part() != Part.VISION_TOWER) {
      row = inputs.ids().length - 1L + pass();
    }
    return new Overflow(pass(), operation, score, row, index, s.largest());
  }

  @Override
  public void overflow(ExtremeScore score) {
    ScoreEvent event = new ScoreEvent(pass(), score);
    if (firstOverflow.isEmpty() && firstScore.isEmpty()) {
      firstScore = Optional.of(score);
    }
    int kept = keptOverflows.getOrDefault(score.part(), 0);
    if (kept < KEPT) {
      keptOverflows.put(score.part(), kept + 1);
      overflowing.add(event);
    }
    watch(event);
  }

  @Override
  public void near(ExtremeScore score) {
    watch(new ScoreEvent(pass(), score));
  }

  @Override
  public void nearest(ExtremeScore score) {
    if (pass() == 0 && score.part() == Part.DECODER) {
      promptScores.nearest(score);
    }
  }

  @Override
  public boolean wantsDistribution() {
    return distribution.isPresent();
  }

  @Override
  public void peaks(ScorePeaks of) {
    distribution.ifPresent(d -> d.add(of));
  }

  @Override
  public void exponents(OperationId operation, ExponentCounts counts) {
    distribution.ifPresent(d -> d.add(operation, counts));
  }

  /** The order of additions is examined in the decoder. */
  private void watch(ScoreEvent event) {
    if (event.score().part() != Part.DECODER) {
      return;
    }
    if (event.pass() == 0) {
      promptScores.add(event.score());
    }
    if (Math.abs(event.score().distance()) <= edge && onEdge.size() < KEPT) {
      onEdge.add(event);
    }
  }

  /** The outcome of the run. */
  Outcome outcome(Optional<Refusal> refusal) {
    return new Outcome(
        runSettings.profile(),
        runSettings.remedy(),
        runSettings.sampled(),
        tokens,
        text.toString(),
        refusal,
        firstBadToken,
        badTokens,
        overflows,
        masked,
        otherOverflows,
        exposed,
        absorbed.count());
  }

  /** The tokens of the answer so far. */
  List<Integer> tokens() {
    return tokens;
  }

  /** The ids of the prompt. */
  long[] ids() {
    return inputs.ids();
  }

  /** {t, h, w} of pictures and clips. */
  long[][] grids() {
    return inputs.grids();
  }

  /** The logits of the first token. */
  float[] promptLogits() {
    return promptLogits;
  }

  /** The first infinity that rounding made. */
  Optional<Overflow> firstOverflow() {
    return firstOverflow;
  }

  /** Sums that overflowed in float16 accumulators. */
  SumOverflows sums() {
    return sums;
  }

  /** Overflows that operations absorbed. */
  AbsorbedOverflows absorbed() {
    return absorbed;
  }

  /** The first scores of 65520 and more, of the tower and of the decoder. */
  List<ScoreEvent> overflowing() {
    return overflowing;
  }

  /** Scores so near the threshold that the order of additions decides. */
  List<ScoreEvent> onEdge() {
    return onEdge;
  }

  /** Infinite scores by pass and layer. */
  List<OverflowCount> counts() {
    return counts;
  }

  /** Near and overflowing scores of the prompt's pass. */
  NearScores promptScores() {
    return promptScores;
  }

  /** The largest scores of heads and tokens; none if they were not looked at. */
  ScoreMargins margins() {
    return distribution.orElseGet(DistributionRecorder::new).margins();
  }

  /** The exponents of each operation; none if they were not looked at. */
  List<ExponentHistogram> exponents() {
    return distribution.orElseGet(DistributionRecorder::new).histograms();
  }

  /** How NaN spread. */
  NanSpread spread() {
    return spread;
  }

  /** What each operation did in the whole run. */
  List<OperationRange> ranges() {
    return List.copyOf(ranges.values());
  }
}
