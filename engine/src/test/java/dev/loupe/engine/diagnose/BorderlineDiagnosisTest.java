package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.loupe.engine.*;
import dev.loupe.engine.sampling.SamplingSettings;
import dev.loupe.engine.sampling.TiePolicy;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.testkit.TestFiles;
import dev.loupe.weights.ModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.jr.ob.JSON;

/**
 * The captioner whose largest scores lie within 1.25 of 65520, against torch 2.13 on a CPU: the
 * diagnosis says of every prompt whether it fails, where, and whether the order of additions
 * decides.
 */
class BorderlineDiagnosisTest {

  /** How near the golden run's nearest score must be for its own sum's order to decide. */
  private static final double ORDER_DECIDES = 0.01;

  private static final String STATEMENT =
      "whether this overflows depends on the order of additions";
  private static final SamplingSettings TOP_50 =
      new SamplingSettings(true, 1, 0, false, 1, 50, 1, 0, TiePolicy.TORCH_CPU);
  private static final ReferenceRuns GOLDENS = new ReferenceRuns("borderline");

  static List<ReferenceRuns.Case> cases() throws IOException {
    return GOLDENS.cases();
  }

  private static Diagnosis diagnosis(ReferenceRuns.Case c, List<Remedy> remedies)
      throws IOException {
    return Diagnosis.of(
        ModelDirectory.of(TestFiles.file("checkpoints/borderline/config.json").getParent()),
        c.prompt(),
        DiagnosisOptions.defaults()
            .generation(
                GenerationOptions.greedy().maxNewTokens(c.maxNewTokens()).sample(1234, TOP_50))
            .remedies(remedies)
            .operands(!remedies.isEmpty()));
  }

  private static Map<?, ?> edge(String name) throws IOException {
    byte[] json = Files.readAllBytes(TestFiles.file("goldens/borderline/edge.json"));
    Map<String, Map<?, ?>> rows = new HashMap<>();
    for (Object o : JSON.std.listFrom(json)) {
      Map<?, ?> row = (Map<?, ?>) o;
      rows.put((String) row.get("case"), row);
    }
    return rows.get(name);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyPromptIsDiagnosedAsItBehavesInPyTorch(ReferenceRuns.Case c) throws IOException {
    Map<String, Object> run = GOLDENS.run(c.name(), "float16", "eager");
    Diagnosis d = diagnosis(c, List.of());

    assertThat(d.outcome().refusal().map(Refusal::message).orElse(null))
        .isEqualTo(run.get("sample_error"));
    if (!d.fails()) {
      assertThat(d.outcome().tokens()).isEqualTo(run.get("sampled_seed1234_topk50"));
    }
    assertThat(d.greedy().tokens()).isEqualTo(run.get("greedy"));
    List<?> nonFinite = (List<?>) run.get("nonfinite_logits");
    assertThat(d.greedy().badTokens())
        .isEqualTo((int) nonFinite.stream().filter(n -> !n.equals(0)).count());
    if (d.fails()) {
      firstOverflowIsNamed(d);
    } else {
      assertThat(d.firstOverflow()).isEmpty();
      assertThat(d.outcome().clean()).isTrue();
    }
    promptPassIsPyTorchs(d, edge(c.name()));
    orderIsStated(d, ((Number) edge(c.name()).get("nearest")).doubleValue());
  }

  private static void firstOverflowIsNamed(Diagnosis d) {
    int pass = d.firstOverflow().orElseThrow().pass();
    ExtremeScore score = d.firstOverflow().orElseThrow().score().orElseThrow();
    assertThat(d.failingToken()).isEqualTo(pass + 1);
    assertThat(score.layer()).isEqualTo(1);
    assertThat(score.head()).isIn(0, 1);
    // The weights are made so that no score is farther than 1.25 from 65520.
    assertThat(score.value()).isBetween(65520f, 65521.25f);
    assertThat(score.masked()).isEqualTo(score.key() > score.query());
    if (pass > 0) {
      assertThat(score.query()).isEqualTo(d.promptTokens() + pass - 1);
    }
    assertThat(DiagnosisText.of(d))
        .contains(
            "where      layer 1, head %d, query %d, key %d\n"
                .formatted(score.head(), score.query(), score.key()),
            "value      " + score.value() + " in float32",
            "masked     " + (score.masked() ? "yes" : "no"));
  }

  private static void promptPassIsPyTorchs(Diagnosis d, Map<?, ?> edge) {
    if (((Number) edge.get("nearest")).doubleValue() > ORDER_DECIDES) {
      List<OverflowCount> prompt =
          d.overflowCounts().stream().filter(count -> count.pass() == 0).toList();
      assertThat(prompt.stream().mapToLong(OverflowCount::overflows).sum())
          .isEqualTo(((Number) edge.get("overflow")).longValue());
      assertThat(prompt.stream().mapToLong(OverflowCount::masked).sum())
          .isEqualTo(((Number) edge.get("masked")).longValue());
    }
    int nanRows =
        d.nanPass() > 0
            ? 0
            : d.spread().stream()
                .filter(rows -> rows.stage().equals(StageId.decoderLayer(3)))
                .mapToInt(rows -> rows.nanRows())
                .sum();
    assertThat(nanRows).isEqualTo(edge.get("nan_rows"));
  }

  private static void orderIsStated(Diagnosis d, double nearest) {
    SummationOrder order = d.order().orElseThrow();
    // Ours is a float32 sum, theirs the exact one: 32 additions differ by some steps of 1/256.
    assertThat(Math.abs(order.nearest().orElseThrow().distance()))
        .isCloseTo((float) nearest, within(0.02f));
    if (nearest <= ORDER_DECIDES) {
      assertThat(order.finding()).isEqualTo(SummationOrder.Finding.ORDER_DECIDES);
      ExtremeScore score = order.onEdge().getFirst().score();
      assertThat(DiagnosisText.of(d))
          .contains(
              "layer 1, head %d, query %d, key %d: %s, "
                  .formatted(score.head(), score.query(), score.key(), score.value()),
              score.masked() ? ", masked:\n" : ", not masked:\n",
              STATEMENT);
    } else {
      assertThat(order.finding()).isNotEqualTo(SummationOrder.Finding.ORDER_DECIDES);
      assertThat(order.overflowsBackwards()).isEqualTo(order.overflows());
    }
    if (order.onEdge().isEmpty()) {
      assertThat(DiagnosisText.of(d)).doesNotContain(STATEMENT);
    }
  }

  @Test
  void aPromptMayFailByScoresAloneThatTheMaskWasToHide() throws IOException {
    ReferenceRuns.Case c =
        GOLDENS.cases().stream()
            .filter(one -> one.name().equals("turned"))
            .findFirst()
            .orElseThrow();
    Diagnosis d = diagnosis(c, List.of());
    assertThat(d.fails()).isTrue();
    assertThat(d.outcome().maskedOverflows()).isEqualTo(d.outcome().overflows()).isEqualTo(2);
    assertThat(DiagnosisText.of(d))
        .contains("masked     yes: the key is in the query's future")
        .contains("Only scores that the mask was to hide overflow");
  }

  @Test
  void remediesAreTriedOnAPromptThatFailsAtALaterToken() throws IOException {
    ReferenceRuns.Case c =
        GOLDENS.cases().stream()
            .filter(one -> one.name().equals("scene-003"))
            .findFirst()
            .orElseThrow();
    Diagnosis d = diagnosis(c, List.of(Remedy.values()));

    assertThat(d.failingToken()).isEqualTo(9);
    assertThat(d.nanPass()).isEqualTo(8);
    assertThat(d.firstNan().orElseThrow().rows()).isEqualTo(1);
    FailingElement failing = d.failing().orElseThrow();
    assertThat(failing.pass()).isEqualTo(8);
    assertThat(failing.operands().tensors().get("keys").rowCount()).isEqualTo(d.promptTokens() + 8);
    assertThat(failing.operands().column())
        .isEqualTo(d.firstOverflow().orElseThrow().score().orElseThrow().key());
    for (Remedy remedy : List.of(Remedy.FLOAT32, Remedy.FLOAT16_SDPA, Remedy.UPCAST_QK)) {
      assertThat(d.remedy(remedy).verdict()).as(remedy.toString()).isEqualTo(Verdict.CURES);
    }
    Outcome greedy = d.remedy(Remedy.GREEDY).outcome();
    assertThat(d.remedy(Remedy.GREEDY).verdict()).isEqualTo(Verdict.HIDES);
    assertThat(greedy.firstBadToken()).hasValue(9);
    assertThat(d.remedy(Remedy.GREEDY).firstDifferentToken()).hasValue(9);
    assertThat(DiagnosisText.of(d))
        .contains(
            "FAILS at token 9 of the answer, in step 8 of generation, when \" of\" came as a new"
                + " query and key.",
            "The cache keeps that key, so every later token fails as well.");
  }
}
