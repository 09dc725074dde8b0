package dev.loupe.engine.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.*;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.numerics.ExtremeScore;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.StageId;
import dev.loupe.weights.safetensors.SafetensorsFile;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.jr.ob.JSON;

/**
 * The built-in captioner in float16 with eager attention, against torch 2.13 on a CPU. Its biases
 * of 300 make scores of 90,000 in layer 1, heads 0 and 1.
 */
class CaptionerDiagnosisTest {
  private static final ReferenceRuns GOLDENS = new ReferenceRuns("captioner");
  private static ReferenceRuns.Case c;
  private static Diagnosis d;

  @BeforeAll
  static void diagnose() throws IOException {
    c =
        GOLDENS.cases().stream()
            .filter(one -> one.name().equals("scene-001"))
            .findFirst()
            .orElseThrow();
    d =
        Diagnosis.of(
            BuiltInModel.files(),
            c.prompt(),
            DiagnosisOptions.defaults()
                .generation(
                    GenerationOptions.greedy().maxNewTokens(c.maxNewTokens()).sample(1234)));
  }

  @Test
  void theFirstTokenCannotBeDrawnInPyTorchsWords() throws IOException {
    Map<String, Object> run = GOLDENS.run("scene-001", "float16", "eager");
    assertThat(d.fails()).isTrue();
    assertThat(d.failingToken()).isEqualTo(1);
    Refusal refusal = d.outcome().refusal().orElseThrow();
    assertThat(refusal.message()).isEqualTo(run.get("sample_error"));
    assertThat(refusal.cudaMessage()).isEqualTo("CUDA error: device-side assert triggered");
    assertThat(refusal.found()).startsWith("of 464 probabilities 464 are NaN");
  }

  @Test
  void greedyDecodingPrintsTokenZeroForEver() throws IOException {
    Map<String, Object> run = GOLDENS.run("scene-001", "float16", "eager");
    assertThat(d.greedy().tokens()).isEqualTo(run.get("greedy"));
    assertThat(d.greedy().text()).matches("!{32}");
    assertThat(d.greedy().failed()).isFalse();
    assertThat(d.greedy().badTokens()).isEqualTo(32);
  }

  @Test
  void theOverflowingScoresAreThoseOfPyTorch() throws IOException {
    try (SafetensorsFile golden = GOLDENS.stages("scene-001", "float16", "eager")) {
      Tensor scores = golden.tensor("attention.1.nonfinite");
      int[] all = scores.segment().toArray(Tensor.INT);
      int masked = 0;
      for (int i = 0; i < all.length; i += 4) {
        masked += all[i + 2] > all[i + 1] ? 1 : 0;
      }
      Overflow first = d.firstOverflow().orElseThrow();
      assertThat(first.pass()).isZero();
      assertThat(first.operation()).hasToString("model.layers.1.self_attn.scores");
      ExtremeScore score = first.score().orElseThrow();
      assertThat(new int[] {score.layer(), score.head(), score.query(), score.key()})
          .containsExactly(1, all[0], all[1], all[2]);
      // 300 * 300 in one pair of dimensions; the others add little.
      assertThat(score.value()).isBetween(89_000f, 91_000f);
      assertThat(score.masked()).isFalse();
      assertThat(score.margin()).isEqualTo(score.value() / 65520 - 1);
      assertThat(d.overflowCounts()).hasSize(1);
      assertThat(d.overflowCounts().getFirst().layer()).isEqualTo(1);
      assertThat(d.overflowCounts().getFirst().heads()).containsExactly(0, 1);
      assertThat(d.overflowCounts().getFirst().overflows()).isEqualTo(scores.rowCount());
      assertThat(d.overflowCounts().getFirst().masked()).isEqualTo(masked).isPositive();
    }
  }

  @Test
  void nanSpreadsAsInPyTorch() throws IOException {
    try (SafetensorsFile golden = GOLDENS.stages("scene-001", "float16", "eager")) {
      assertThat(d.nanPass()).isZero();
      assertThat(d.firstNan().orElseThrow().stage()).isEqualTo(StageId.decoderLayer(1));
      assertThat(d.firstNan().orElseThrow().first()).isZero();
      for (NanRows rows : d.spread()) {
        Tensor theirs = golden.tensor(rows.stage().name());
        int nan = 0;
        for (int row = 0; row < theirs.rowCount(); row++) {
          nan += Float.isNaN(theirs.getFloat((long) row * theirs.columnCount())) ? 1 : 0;
        }
        boolean all = rows.stage().equals(StageId.LOGITS);
        assertThat(rows.nanRows()).as(rows.stage().name()).isEqualTo(all ? 1 : nan);
      }
      assertThat(d.spread())
          .extracting(NanRows::stage)
          .contains(StageId.MERGER, StageId.decoderLayer(3));
    }
  }

  @Test
  void marginsOfAThirdDoNotDependOnTheOrderOfAdditions() {
    SummationOrder order = d.order().orElseThrow();
    assertThat(order.finding()).isEqualTo(SummationOrder.Finding.SETTLED);
    assertThat(order.overflowsBackwards()).isEqualTo(order.overflows());
    assertThat(order.failsBackwards()).isTrue();
    assertThat(order.differing()).isEmpty();
    assertThat(order.onEdge()).isEmpty();
    // Sums of 32 products differ by some float32 roundings, each 2^-24 of the value.
    assertThat(order.largestDifference()).isBetween(0x1p-24, 32 * 0x1p-24);
  }

  @Test
  void positionsSayWhatStandsThere() {
    assertThat(d.tokens()).hasSize(d.promptTokens());
    assertThat(d.tokens().getFirst()).hasToString("position 0, text \"<|im_start|>\"");
    SequenceToken picture =
        d.tokens().stream()
            .filter(p -> p.kind() == SequenceToken.Kind.PICTURE)
            .skip(5)
            .findFirst()
            .orElseThrow();
    assertThat(picture.text()).isEqualTo("picture 1 (row 2 of 4, column 2 of 4)");
  }

  @Test
  void weightsAndOperationsNearTheRangeAreCounted() {
    assertThat(d.weights().inexact()).isEqualTo(123);
    assertThat(d.weights().overflowed()).isZero();
    assertThat(d.largest()).hasSize(5);
    // The biases themselves, turned by an angle: nothing else in this model is as large.
    assertThat(d.largest().getFirst().operation().toString())
        .isIn("model.layers.1.self_attn.q_rotated", "model.layers.1.self_attn.k_rotated");
    assertThat(d.largest().getFirst().largest()).isBetween(295f, 305f);
    assertThat(d.underflow().elements()).isGreaterThan(1_000_000);
    assertThat(d.underflow().subnormal()).isPositive();
  }

  @Test
  void whatKeepsScoresInFloat32Cures() throws IOException {
    Object answer = GOLDENS.run("scene-001", "float32", "eager").get("greedy");
    for (Remedy remedy :
        List.of(Remedy.FLOAT32, Remedy.BFLOAT16_SDPA, Remedy.FLOAT16_SDPA, Remedy.UPCAST_QK)) {
      RemedyReport report = d.remedy(remedy);
      assertThat(report.verdict()).as(remedy.toString()).isEqualTo(Verdict.CURES);
      assertThat(report.outcome().tokens()).isEqualTo(answer);
      assertThat(report.outcome().clean()).isTrue();
      assertThat(report.firstDifferentToken()).isEmpty();
    }
    assertThat(d.remedy(Remedy.FLOAT32).logitDifference().orElseThrow()).isZero();
    assertThat(d.remedy(Remedy.FLOAT16_SDPA).logitDifference().orElseThrow()).isPositive();
  }

  @Test
  void whatStandsBeforeTheDrawOnlyHides() {
    for (Remedy remedy : List.of(Remedy.REMOVE_INVALID, Remedy.PROBABILITY_FLOOR, Remedy.GREEDY)) {
      RemedyReport report = d.remedy(remedy);
      assertThat(report.verdict()).as(remedy.toString()).isEqualTo(Verdict.HIDES);
      assertThat(report.logitDifference()).isEmpty();
      assertThat(report.firstDifferentToken()).hasValue(1);
      assertThat(report.outcome().failed()).isFalse();
    }
  }

  @Test
  void whatReplacesScoresNeverCures() {
    for (Remedy remedy : List.of(Remedy.INF_TO_ZERO, Remedy.CLAMP)) {
      RemedyReport report = d.remedy(remedy);
      assertThat(report.outcome().overflows()).isGreaterThanOrEqualTo(3698);
      assertThat(report.outcome().badTokens()).isZero();
      assertThat(report.verdict()).isIn(Verdict.HIDES, Verdict.CHANGES_ANSWER);
    }
    assertThat(d.remedy(Remedy.SCALE_FIRST).outcome().overflows()).isZero();
  }

  @Test
  void infToZeroShowsHiddenKeys() {
    // Every masked score of the two heads is infinite, and some of the others are -16 or less.
    long masked = d.overflowCounts().getFirst().masked();
    assertThat(d.remedy(Remedy.INF_TO_ZERO).outcome().exposed()).isGreaterThanOrEqualTo(masked);
    assertThat(d.remedy(Remedy.CLAMP).outcome().exposed()).isZero();
  }

  @Test
  void theTextSaysItInPlainWords() {
    assertThat(DiagnosisText.of(d))
        .startsWith(
            "captioner, float16 eager: FAILS at token 1 of the answer, in the prompt's pass.\n")
        .contains(
            "RuntimeError: probability tensor contains either `inf`, `nan` or element < 0\n",
            "RuntimeError: CUDA error: device-side assert triggered\n",
            "a device-side assert",
            "prints \"!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!\": argmax of NaN is token 0 at every step",
            "  where      layer 1, head 0, query 0, key 0\n",
            "  masked     no\n",
            "layer 1, heads 0, 1: 3,698 scores past the range, 1,806 of them masked\n",
            "  layers.0       0 of 43 rows\n",
            "  layers.1       43 of 43 rows   the first: position 0, text \"<|im_start|>\"\n",
            "  No: in the prompt's pass the same scores overflow first to last and last to first",
            "123 changed, 0 became infinite",
            "What helps, compared with float32\n")
        .doesNotContain("visual.patch_embed", "depends on the order of additions.");
  }

  @Test
  void theJsonIsOneLineOfTheSameFacts() throws IOException {
    String json = DiagnosisJson.of(d);
    assertThat(json).doesNotContain("\n");
    Map<String, Object> object = JSON.std.mapFrom(json);
    assertThat(object)
        .containsEntry("model", "captioner")
        .containsEntry("dtype", "float16")
        .containsEntry("attention", "eager")
        .containsEntry("seed", 1234)
        .containsEntry("fails", true)
        .containsEntry("failing_token", 1);
    Map<?, ?> overflow = (Map<?, ?>) object.get("first_overflow");
    assertThat(((Map<?, ?>) overflow.get("score")).get("layer")).isEqualTo(1);
    assertThat((List<?>) object.get("remedies")).hasSize(Remedy.values().length);
    assertThat((List<?>) object.get("tokens")).hasSize(43);
  }

  @Test
  void aClipAndAPictureAreNamedSeparately() throws IOException {
    ReferenceRuns.Case both =
        GOLDENS.cases().stream()
            .filter(one -> one.name().equals("clip-and-picture"))
            .findFirst()
            .orElseThrow();
    Diagnosis of =
        Diagnosis.of(
            BuiltInModel.files(), both.prompt(), DiagnosisOptions.defaults().remedies(List.of()));
    assertThat(of.remedies()).isEmpty();
    assertThat(of.fails()).isTrue();
    assertThat(of.tokens())
        .extracting(SequenceToken::text)
        .contains("picture 1 (row 1 of 5, column 1 of 5)")
        .anyMatch(text -> text.startsWith("clip 1 (time step 2, row "));
    assertThat(DiagnosisText.of(of)).doesNotContain("What helps");
  }

  @Test
  void float32HasNothingToReport() throws IOException {
    Diagnosis of =
        Diagnosis.of(
            BuiltInModel.files(),
            Prompt.create().text("What is a circle?"),
            DiagnosisOptions.defaults().profile(NumericsProfile.FLOAT32).remedies(List.of()));
    assertThat(of.fails()).isFalse();
    assertThat(of.order()).isEmpty();
    assertThat(of.spread()).isEmpty();
    assertThat(DiagnosisText.of(of))
        .startsWith("captioner, float32 sdpa: ANSWERS. No number left the range.\n")
        .doesNotContain("What PyTorch does", "First overflow", "order of additions");
  }
}
