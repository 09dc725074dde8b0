package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.engine.VariantListener.Part;
import dev.loupe.engine.sampling.InvalidDistributionException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.NonFiniteScores;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.NumericsTrace;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.tensor.numerics.TensorStatistics;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One prompt in several ways: the same bits as alone, and what is shared is computed once. */
class VariantsTest {
  private static final NumericsProfile FLOAT16 = NumericsProfile.FLOAT16_EAGER;

  private static Qwen2Vl model;
  private static List<ReferenceRuns.Case> cases;

  @BeforeAll
  static void load() throws IOException {
    model = Qwen2Vl.load(BuiltInModel.files(), LoadOptions.defaults().profile(FLOAT16));
    cases = new ReferenceRuns("captioner").cases();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Prompt prompt(String name) {
    return cases.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow().prompt();
  }

  /** Notes all that it is shown, stages by the hash of their bits. */
  private static final class Notes implements NumericsTrace {
    private final boolean operations;
    private final List<String> lines = new ArrayList<>();

    Notes(boolean operations) {
      this.operations = operations;
    }

    @Override
    public void stage(StageId stage, Tensor value) {
      int bits =
          value.dtype() == DType.F32
              ? Arrays.hashCode(value.toFloats()) // NaN is one value here.
              : Arrays.hashCode(value.segment().toArray(ValueLayout.JAVA_BYTE));
      lines.add(stage + " " + value.shape() + " " + bits);
    }

    @Override
    public void nonFinite(NonFiniteScores scores) {
      scores.forEach((head, query, key, count, value) ->
          lines.add(
              "%s: %d %d %d %d %s".formatted(scores.stage(), head, query, key, count, value)));
    }

    @Override
    public boolean wantsOperations() {
      return operations;
    }

    @Override
    public void operation(OperationId operation, TensorStatistics statistics) {
      lines.add(operation + " " + statistics);
    }

    @Override
    public void overflow(ExtremeScore score) {
      lines.add("overflow " + score);
    }

    @Override
    public void near(ExtremeScore score) {
      lines.add("near " + score);
    }

    @Override
    public void nearest(ExtremeScore score) {
      lines.add("nearest " + score);
    }
  }

  /** What became of a variant. */
  private record Result(String outcome, List<String> notes) {}

  private static final class Report implements VariantListener {
    private final Map<Variant, String> outcomes = new LinkedHashMap<>();
    private final List<String> parts = new ArrayList<>();

    @Override
    public void begins(Part part, List<Variant> together) {
      parts.add(part + " of " + together.size());
    }

    @Override
    public void completed(Variant variant, Generation answer) {
      assertThat(outcomes.put(variant, outcome(answer))).as("reported once").isNull();
    }

    @Override
    public void failed(Variant variant, RuntimeException reason) {
      assertThat(outcomes.put(variant, outcome(reason))).as("reported once").isNull();
    }

    private static String outcome(Generation answer) {
      return answer.tokens() + " " + answer.finishReason() + " " + answer.text();
    }

    private static String outcome(RuntimeException reason) {
      return reason.getClass().getSimpleName() + " " + reason.getMessage();
    }
  }

  private static Variant variant(NumericsProfile profile, GenerationOptions options) {
    return variant(profile, options, true);
  }

  private static Variant variant(
      NumericsProfile profile, GenerationOptions options, boolean operations) {
    return new Variant(profile, options.check(false), TokenListener.NONE, new Notes(operations));
  }

  private static void assertAsAlone(Prompt prompt, Variant v, Report report) {
    Result alone = alone(prompt, v);
    List<String> notes = ((Notes) v.trace()).lines;
    assertThat(report.outcomes.get(v)).as("answer in %s", v.profile()).isEqualTo(alone.outcome());
    assertThat(notes).as("what %s was shown", v.profile()).hasSameSizeAs(alone.notes());
    for (int i = 0; i < notes.size(); i++) {
      assertThat(notes.get(i)).as("what %s was shown", v.profile()).isEqualTo(alone.notes().get(i));
    }
  }

  private static Result alone(Prompt prompt, Variant v) {
    Notes notes = new Notes(v.trace().wantsOperations());
    String outcome;
    try {
      outcome =
          Report.outcome(
              model.with(v.profile()).generate(prompt, v.options(), v.listener(), notes));
    } catch (InvalidDistributionException e) {
      outcome = Report.outcome(e);
    }
    return new Result(outcome, notes.lines);
  }

  private static List<Variant> many() {
    GenerationOptions greedy = GenerationOptions.greedy().maxNewTokens(12);
    return List.of(
        variant(FLOAT16, greedy.sample(0)),
        variant(FLOAT16, greedy),
        variant(FLOAT16, greedy.maxNewTokens(3)),
        variant(FLOAT16, greedy.sample(7).temperature(3)),
        variant(FLOAT16, greedy.sample(8).temperature(3), false),
        variant(FLOAT16.with(ScoreRemedy.UPCAST_QK), greedy.sample(0)),
        variant(FLOAT16.with(ScoreRemedy.INF_TO_ZERO), greedy.sample(0)),
        variant(FLOAT16.with(ScoreRemedy.CLAMP), greedy.sample(1).temperature(2)),
        variant(FLOAT16.with(AttentionKind.SDPA), greedy.sample(0)),
        variant(FLOAT16.with(AttentionKind.SDPA), greedy.sample(5).temperature(3)));
  }

  /** scene-001 fails in float16 at its first token, scene-000 answers; two pictures; none. */
  @Test
  void eachVariantIsShownAndSaysWhatItDoesAlone() {
    for (String name : List.of("scene-000", "scene-001", "describe-two", "text-only")) {
      Prompt prompt = prompt(name);
      List<Variant> variants = many();
      Report report = new Report();
      model.generateVariants(prompt, variants, report);
      assertThat(report.outcomes).hasSize(variants.size());
      for (Variant v : variants) {
        assertAsAlone(prompt, v, report);
      }
    }
  }

  @Test
  void whatVariantsHaveInCommonIsComputedOnce() {
    Report report = new Report();
    model.generateVariants(prompt("scene-000"), many(), report);
    assertThat(report.parts)
        .containsExactly(
            "PICTURES of 8",
            "PROMPT of 5",
            "ANSWER of 5",
            "PROMPT of 1",
            "ANSWER of 1",
            "PROMPT of 1",
            "ANSWER of 1",
            "PROMPT of 1",
            "ANSWER of 1",
            "PICTURES of 2",
            "PROMPT of 2",
            "ANSWER of 2");
  }

  @Test
  void otherLimitsOfPicturesAreAnotherPrompt() {
    GenerationOptions greedy = GenerationOptions.greedy().maxNewTokens(4);
    List<Variant> variants =
        List.of(variant(FLOAT16, greedy), variant(FLOAT16, greedy.maxPixels(56 * 56)));
    Report report = new Report();
    Prompt prompt = prompt("scene-000");
    model.generateVariants(prompt, variants, report);
    for (Variant v : variants) {
      assertAsAlone(prompt, v, report);
    }
    assertThat(report.parts).filteredOn(p -> p.startsWith(Part.PICTURES.toString())).hasSize(2);
  }

  @Test
  void theListenerOfATokenStopsItsOwnVariantAlone() {
    GenerationOptions greedy = GenerationOptions.greedy().maxNewTokens(6).check(false);
    NumericsProfile sdpa = FLOAT16.with(AttentionKind.SDPA);
    Variant stopped = new Variant(sdpa, greedy, (id, text) -> false, NumericsTrace.NONE);
    Variant whole = new Variant(sdpa, greedy, TokenListener.NONE, NumericsTrace.NONE);
    Report report = new Report();
    model.generateVariants(prompt("scene-000"), List.of(stopped, whole), report);
    assertThat(report.outcomes.get(stopped)).contains(FinishReason.CANCELLED.toString());
    assertThat(report.outcomes.get(whole))
        .isEqualTo(alone(prompt("scene-000"), variant(sdpa, greedy)).outcome());
  }

  @Test
  void anotherComputeTypeThanTheModelsIsRefused() {
    List<Variant> variants = List.of(variant(NumericsProfile.FLOAT32, GenerationOptions.greedy()));
    assertThatThrownBy(() -> model.generateVariants(prompt("scene-000"), variants, new Report()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected compute type float16");
  }
}
