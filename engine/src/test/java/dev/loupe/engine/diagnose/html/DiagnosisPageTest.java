package dev.loupe.engine.diagnose.html;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.BuiltInModel;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.diagnose.Diagnosis;
import dev.loupe.engine.diagnose.DiagnosisJson;
import dev.loupe.engine.diagnose.DiagnosisOptions;
import dev.loupe.engine.diagnose.RemedyReport;
import dev.loupe.engine.diagnose.SequenceToken.Kind;
import dev.loupe.engine.page.PageContent;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class DiagnosisPageTest {

  /** Text that wants to be markup, to end an attribute, and to hide. */
  private static final String HOSTILE =
      "</dd></text></title><script>alert(1)</script>\"' onload=x <img src=x>\u202e\u0007&lt;";

  private static Prompt prompt;
  private static Diagnosis fails;
  private static String page;

  @BeforeAll
  static void diagnose() throws IOException {
    prompt = Prompt.create().image(TestFiles.scene("scene-023")).text("What?\n" + HOSTILE);
    fails = diagnosis(prompt, DiagnosisOptions.defaults());
    page = DiagnosisPage.of(fails, prompt, "loupe diagnose '" + HOSTILE + ".png'", List.of("v1"));
  }

  private static Diagnosis diagnosis(Prompt prompt, DiagnosisOptions options) throws IOException {
    return Diagnosis.of(
        BuiltInModel.files(),
        prompt,
        options.generation(GenerationOptions.greedy().maxNewTokens(3).sample(0)));
  }

  private static PageContent content() throws Exception {
    return PageContent.of(page);
  }

  @Test
  void itBeginsWithTheVerdictInASentence() throws Exception {
    Element first = (Element) content().elements("main").getFirst().getFirstChild();

    assertThat(first.getElementsByTagName("h1").item(0).getTextContent())
        .isEqualTo(
            "captioner, float16 eager, fails at token 1 of the answer: "
                + "model.layers.1.self_attn.scores reaches "
                + fails.firstOverflow().orElseThrow().score().orElseThrow().value()
                + ", where float16 makes infinity of it.");
  }

  @Test
  void everyNumberOnItIsANumberOfTheJson() throws Exception {
    assertThat(content().numbersAreThoseOf(DiagnosisJson.of(fails))).isGreaterThan(80);
  }

  @Test
  void whatAMarkIsDrawnForStandsInItsTitle() throws Exception {
    for (Element e : content().elements("*")) {
      if (e.hasAttribute("data-value") && e.getElementsByTagName("title").getLength() > 0) {
        assertThat(e.getTextContent()).contains(e.getAttribute("data-value"));
      }
    }
  }

  @Test
  void everyHeadTokenAndStageWithNanIsDrawn() throws Exception {
    List<Element> all = content().elements("*");
    int heads = fails.margins().layers().stream().mapToInt(l -> l.heads().size()).sum();
    long pictures = fails.tokens().stream().filter(t -> t.kind() == Kind.PICTURE).count();
    long texts = fails.promptTokens() - pictures;
    long nan =
        fails.spread().stream()
            .filter(r -> r.stage().part() == Part.DECODER && r.nanRows() > 0)
            .count();

    assertThat(all.stream().filter(e -> e.getAttribute("class").startsWith("token ")).count())
        .isEqualTo(texts + 1);
    assertThat(
            all.stream()
                .filter(e -> e.getAttribute("class").startsWith("cell "))
                .filter(e -> e.getElementsByTagName("title").getLength() > 0)
                .count())
        .isEqualTo(heads + pictures);
    assertThat(nan).isPositive();
    assertThat(
            all.stream()
                .filter(e -> e.getTagName().equals("path") && e.getAttribute("class").equals("nan"))
                .count())
        .isEqualTo(nan);
  }

  @Test
  void remediesWithTheSameStagesShareALine() throws Exception {
    long lines =
        fails.remedies().stream()
            .map(RemedyReport::stages)
            .filter(s -> !s.isEmpty())
            .distinct()
            .count();

    assertThat(
            content().elements("*").stream()
                .filter(e -> e.getAttribute("class").matches("run run\\d"))
                .filter(e -> !e.getAttribute("d").equals("M1 7H29"))
                .count())
        .isEqualTo(lines)
        .isBetween(6L, 9L);
    assertThat(page).contains("\nremove-invalid, probability-floor, greedy</li>");
  }

  @Test
  void theColoursOfMarginsChangeAtTheirLimits() {
    assertThat(List.of(1023.7f, 1023.8f, 32759f, 32760f, 65519f, 65520f, Float.NaN))
        .map(MarginScale::of)
        .containsExactly(
            MarginScale.FAR,
            MarginScale.SIXTY_FOURTH,
            MarginScale.QUARTER,
            MarginScale.HALF,
            MarginScale.HALF,
            MarginScale.PAST,
            MarginScale.NONE);
  }

  @Test
  void itLoadsNothingAndRunsNothing() throws Exception {
    content().loadsNothingButItsOwnPictures();
  }

  @Test
  void hostileTextStaysText() throws Exception {
    String shown = HOSTILE.replace("\u202e", "\\u202e").replace("\u0007", "\\u0007");

    assertThat(content().text("code")).isEqualTo("loupe diagnose '" + shown + ".png'");
    assertThat(content().elements("script")).isEmpty();
    assertThat(page).doesNotContain("<script", "<img src=x", "\u202e", "\u0007");
  }

  @Test
  void itIsSmall() {
    assertThat(page.getBytes(StandardCharsets.UTF_8).length).isLessThan(1_000_000);
  }

  @Test
  void theTableOfRemediesHasEachOfThemWithItsVerdict() {
    Matcher row = Pattern.compile("<tr><th scope=\"row\">([^<]+)<").matcher(page);

    assertThat(row.results().map(found -> found.group(1)))
        .containsExactlyElementsOf(
            fails.remedies().stream().map(r -> r.remedy().toString()).toList());
    fails.remedies().forEach(r -> assertThat(page).contains(">" + r.verdict() + "</span>"));
  }

  @Test
  void aHealthyRunSaysSoAndHasNoOverflow() throws Exception {
    Diagnosis healthy =
        diagnosis(
            Prompt.of("What is a circle?"),
            DiagnosisOptions.defaults()
                .profile(NumericsProfile.of(DType.BF16, AttentionKind.SDPA))
                .remedies(List.of()));

    String of = DiagnosisPage.of(healthy, Prompt.of("What is a circle?"), "loupe", List.of());

    assertThat(PageContent.of(of).text("h1"))
        .isEqualTo("captioner, bfloat16 sdpa, answers, and no number leaves the range.");
    assertThat(of)
        .contains("With sdpa attention the scores stay float32")
        .doesNotContain("First overflow", "What helps", "Vision tower", "How NaN", "Tokens and");
  }
}
