package dev.loupe.engine.screen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.BatchRequest;
import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.LoadOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.engine.ReferenceRuns;
import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.DiagnosisOptions;
import dev.loupe.engine.diagnose.OperationRange;
import dev.loupe.engine.diagnose.ScoreMargins;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.OperationId;
import dev.loupe.tensor.numerics.ScoreRemedy;
import dev.loupe.tensor.numerics.Step;
import dev.loupe.testkit.TestFiles;
import dev.loupe.weights.ModelDirectory;
import dev.loupe.weights.ModelFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The built-in captioner, which overflows float16 with eager attention, and the borderline one,
 * whose largest scores lie within 1.25 of 65520, against PyTorch and against a diagnosis.
 */
class ScreenRunTest {
  private static final NumericsProfile FLOAT16_SDPA =
      NumericsProfile.of(DType.F16, AttentionKind.SDPA);
  private static final GenerationOptions SHORT = GenerationOptions.greedy().maxNewTokens(5);

  /** Tokens of each golden answer that are looked at. */
  private static final int TOKENS = 12;

  private static Qwen2Vl captioner;
  private static Qwen2Vl borderline;

  @BeforeAll
  static void load() throws IOException {
    LoadOptions options = LoadOptions.defaults().profile(NumericsProfile.FLOAT16_EAGER);
    captioner = Qwen2Vl.load(BuiltInModel.files(), options);
    borderline = Qwen2Vl.load(borderlineFiles(), options);
  }

  @AfterAll
  static void close() {
    captioner.close();
    borderline.close();
  }

  private static ModelFiles borderlineFiles() throws IOException {
    return ModelDirectory.of(TestFiles.file("checkpoints/borderline/config.json").getParent());
  }

  /** Keeps what it is told, in that order. */
  private static final class Told implements ScreenListener {
    private final List<PictureScreen> screens = new ArrayList<>();
    private final Map<Integer, Exception> unread = new LinkedHashMap<>();

    @Override
    public void screened(int picture, PictureScreen screen) {
      screens.add(screen);
    }

    @Override
    public void unread(int picture, Exception reason) {
      unread.put(picture, reason);
    }
  }

  private static BatchRequest<Integer> request(int picture, Prompt prompt, GenerationOptions o) {
    return new BatchRequest<>(picture, () -> prompt, o);
  }

  private static Prompt scene(int number) throws IOException {
    return Prompt.create()
        .image(TestFiles.scene("scene-%03d".formatted(number)))
        .text("What is in this picture?");
  }

  private static List<String> names(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add("scene-%03d".formatted(i));
    }
    return names;
  }

  /** Runs some of the first scenes, in this order. */
  private static Told run(Qwen2Vl model, Screening screening, int batch, int... scenes)
      throws IOException {
    List<BatchRequest<Integer>> requests = new ArrayList<>();
    for (int scene : scenes) {
      requests.add(request(scene, scene(scene), SHORT));
    }
    Told told = new Told();
    new ScreenRun(model, screening, told).run(batch, requests.iterator());
    return told;
  }

  private static ProfileReport one(Qwen2Vl model, Prompt prompt, GenerationOptions options) {
    Screening screening = new Screening(model.profile(), List.of("it"));
    Told told = new Told();
    List<BatchRequest<Integer>> requests = List.of(request(0, prompt, options));
    new ScreenRun(model, screening, told).run(1, requests.iterator());
    assertThat(told.unread).isEmpty();
    return screening.report();
  }

  private static Diagnosis diagnosis(
      ModelFiles files, NumericsProfile profile, Prompt prompt, GenerationOptions options)
      throws IOException {
    return Diagnosis.of(
        files,
        prompt,
        DiagnosisOptions.defaults().profile(profile).generation(options).remedies(List.of()));
  }

  /** Every operation's largest number, as the diagnosis counts it before rounding. */
  private static void operationsAgree(ProfileReport report, Diagnosis diagnosis) {
    Map<OperationId, Float> largest = new HashMap<>();
    for (Extreme extreme : report.extremes()) {
      largest.merge(extreme.site().operation(), extreme.magnitude(), Math::max);
    }
    assertThat(largest)
        .isEqualTo(
            diagnosis.operations().stream()
                .collect(Collectors.toMap(OperationRange::operation, OperationRange::largest)));
    OperationRange nearest =
        diagnosis.operations().stream()
            .max((a, b) -> Float.compare(a.largest(), b.largest()))
            .orElseThrow();
    assertThat(report.narrowest().getFirst().site().operation()).isEqualTo(nearest.operation());
    assertThat(report.margin()).isEqualTo(65520.0 / nearest.largest());
  }

  @Test
  void theNarrowestPlaceIsThatOfTheDiagnosisWithFusedAttention() throws IOException {
    Prompt prompt = scene(3);
    ProfileReport report = one(captioner.with(FLOAT16_SDPA), prompt, SHORT.sample(0));

    operationsAgree(report, diagnosis(BuiltInModel.files(), FLOAT16_SDPA, prompt, SHORT.sample(0)));
    assertThat(report.verdict()).contains(ScreenVerdict.SAFE);
  }

  @Test
  void theNarrowestPlaceAndHeadAreThoseOfTheDiagnosisAtTheEdge() throws IOException {
    Prompt prompt = scene(1);
    GenerationOptions one = GenerationOptions.greedy().maxNewTokens(1).sample(0);
    ProfileReport report = one(borderline, prompt, one);
    Diagnosis diagnosis = diagnosis(borderlineFiles(), NumericsProfile.FLOAT16_EAGER, prompt, one);

    operationsAgree(report, diagnosis);
    assertThat(report.verdict()).contains(ScreenVerdict.NARROW);
    for (ScoreMargins.Layer layer : diagnosis.margins().layers()) {
      List<Float> heads =
          report.extremes().stream()
              .filter(e -> e.site().head().isPresent())
              .filter(e -> e.site().operation().part() == layer.part())
              .filter(e -> e.site().operation().module().layer().orElseThrow() == layer.layer())
              .map(Extreme::magnitude)
              .toList();
      assertThat(heads).isEqualTo(layer.heads());
    }
    Extreme narrowest = report.narrowest().getFirst();
    int head = narrowest.site().head().orElseThrow();
    assertThat(narrowest.site().operation().toString())
        .isEqualTo("model.layers.1.self_attn.scores");
    assertThat(narrowest.magnitude()).isBetween(65518f, 65520f);
    assertThat(narrowest.at()).matches("query position \\d+, .*, key position \\d+, .*");
    assertThat(head).isIn(0, 1);
  }

  @Test
  void theFirstPlaceThatFailsIsThatOfTheDiagnosis() throws IOException {
    Prompt prompt = scene(0);
    ProfileReport report = one(captioner, prompt, SHORT.sample(0));
    Diagnosis diagnosis =
        diagnosis(BuiltInModel.files(), NumericsProfile.FLOAT16_EAGER, prompt, SHORT.sample(0));

    assertThat(report.verdict()).contains(ScreenVerdict.FAILS);
    Extreme first = report.first().orElseThrow().overflow().orElseThrow();
    assertThat(first.site().operation())
        .isEqualTo(diagnosis.firstOverflow().orElseThrow().operation());
    assertThat(first.site().head())
        .hasValue(diagnosis.firstOverflow().orElseThrow().score().orElseThrow().head());
    assertThat(report.narrowest().getFirst().magnitude())
        .isEqualTo(
            diagnosis.operations().stream()
                .filter(range -> range.operation().equals(first.site().operation()))
                .findFirst()
                .orElseThrow()
                .largest());
    assertThat(report.first().orElseThrow().error().orElseThrow())
        .startsWith("token 0 of the answer: expected 464 finite scores, found 464");
    assertThat(report.extremes()).allMatch(e -> Float.isFinite(e.magnitude()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"borderline", "captioner"})
  void everyPromptFailsOrNotAsInPyTorch(String name) throws IOException {
    ReferenceRuns goldens = new ReferenceRuns(name);
    Qwen2Vl model = name.equals("borderline") ? borderline : captioner;
    List<ReferenceRuns.Case> cases =
        goldens.cases().stream().filter(c -> c.prompt().clips().isEmpty()).toList();
    List<BatchRequest<Integer>> requests = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      int tokens = Math.min(TOKENS, cases.get(i).maxNewTokens());
      requests.add(
          request(i, cases.get(i).prompt(), GenerationOptions.greedy().maxNewTokens(tokens)));
    }
    Screening screening =
        new Screening(model.profile(), cases.stream().map(ReferenceRuns.Case::name).toList());
    Told told = new Told();
    new ScreenRun(model, screening, told).run(8, requests.iterator());

    assertThat(told.screens).hasSameSizeAs(cases);
    int failures = 0;
    for (PictureScreen screen : told.screens) {
      List<?> nonFinite =
          (List<?>) goldens.run(screen.picture(), "float16", "eager").get("nonfinite_logits");
      boolean fails = nonFinite.stream().limit(TOKENS).anyMatch(n -> !n.equals(0));
      assertThat(screen.fails()).as(screen.picture()).isEqualTo(fails);
      assertThat(screen.overflow().isPresent()).as(screen.picture()).isEqualTo(fails);
      failures += fails ? 1 : 0;
    }
    assertThat(failures).isEqualTo(screening.report().overflowed()).isGreaterThan(5);
    assertThat(failures == cases.size()).isEqualTo(name.equals("captioner"));
    assertThat(screening.report().verdict()).contains(ScreenVerdict.FAILS);
  }

  @Test
  void aRemedyTakesTheScoresOutOfTheVerdict() throws IOException {
    for (ScoreRemedy remedy :
        List.of(ScoreRemedy.CLAMP, ScoreRemedy.INF_TO_ZERO, ScoreRemedy.UPCAST_QK)) {
      NumericsProfile profile = NumericsProfile.FLOAT16_EAGER.with(remedy);
      ProfileReport report = one(captioner.with(profile), scene(0), SHORT);

      assertThat(report.verdict()).as(remedy.toString()).contains(ScreenVerdict.SAFE);
      assertThat(report.extremes())
          .anyMatch(e -> e.magnitude() > 65520 && e.site().operation().step() == Step.SCORES);
    }
  }

  @Test
  void neitherOrderNorBatchNorAnInterruptionChangesTheReport() throws IOException {
    Screening whole = new Screening(borderline.profile(), names(9));
    Told told = run(borderline, whole, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(told.screens).hasSize(9);

    Screening together = new Screening(borderline.profile(), names(9));
    run(borderline, together, 4, 0, 1, 2, 3, 4, 5, 6, 7, 8);
    Screening interrupted = new Screening(borderline.profile(), names(9));
    List<PictureScreen> known =
        new ArrayList<>(run(borderline, interrupted, 3, 7, 2, 5, 1).screens);
    Screening resumed = new Screening(borderline.profile(), names(9));
    for (PictureScreen screen : known) {
      assertThat(resumed.restore(screen)).isTrue();
      assertThat(resumed.restore(screen)).isFalse();
    }
    run(borderline, resumed, 3, 0, 3, 4, 6, 8);

    ProfileReport expected = whole.report();
    assertThat(expected.screened()).isEqualTo(9);
    assertThat(expected.growth()).extracting(g -> g.pictures()).containsExactly(1, 2, 4, 8, 9);
    assertThat(expected.overflowed()).isBetween(1, 8);
    assertThat(together.report()).isEqualTo(expected);
    assertThat(resumed.report()).isEqualTo(expected);
  }

  @Test
  void aPictureThatCannotBeReadHarmsNoOther() throws IOException {
    Screening screening = new Screening(FLOAT16_SDPA, names(3));
    Told told = new Told();
    List<BatchRequest<Integer>> requests =
        List.of(
            request(0, scene(0), SHORT),
            new BatchRequest<>(
                1,
                () -> {
                  throw new IOException("broken");
                },
                SHORT),
            request(2, scene(2), SHORT));
    new ScreenRun(captioner.with(FLOAT16_SDPA), screening, told).run(2, requests.iterator());

    assertThat(told.unread).containsOnlyKeys(1);
    assertThat(screening.report().screened()).isEqualTo(2);
    assertThat(screening.has(1)).isFalse();
  }

  @Test
  void withoutAPictureThereIsNoVerdict() {
    ProfileReport report = new Screening(FLOAT16_SDPA, List.of()).report();

    assertThat(report.verdict()).isEmpty();
    assertThat(report.narrowest()).isEmpty();
  }
}
