package dev.loupe.engine.compare.html;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.compare.ComparisonJson;
import dev.loupe.engine.compare.ComparisonText;
import dev.loupe.engine.compare.TraceComparison;
import dev.loupe.engine.page.PageContent;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;

class ComparisonPageTest {
  private static final String HOSTILE = "</code><script>alert(1)</script>\"' onload=x\u202e";

  private static TraceComparison comparison(String a, String b) throws IOException {
    return TraceComparison.of(
        TestFiles.resource("goldens/captioner/" + a + ".safetensors"),
        TestFiles.resource("goldens/captioner/" + b + ".safetensors"));
  }

  @ParameterizedTest
  @CsvSource({
    "scene-001.float32.eager, scene-001.float16.eager, 60",
    "scene-001.float32.eager, scene-002.float32.eager, 3",
    "scene-001.float32.eager, scene-001.float32.eager, 10"
  })
  void everyNumberOnItIsANumberOfTheJsonAndItLoadsNothing(String a, String b, int numbers)
      throws Exception {
    TraceComparison c = comparison(a, b);
    PageContent page = PageContent.of(ComparisonPage.of(c, "loupe", List.of("v1")));

    assertThat(page.text("h1")).isEqualTo(ComparisonText.verdict(c));
    assertThat(page.numbersAreThoseOf(ComparisonJson.of(c))).isGreaterThanOrEqualTo(numbers);
    page.loadsNothing();
  }

  @Test
  void everyStageHasARowAndEveryDistanceAMark() throws Exception {
    TraceComparison c = comparison("scene-001.float32.eager", "scene-001.float16.eager");
    PageContent page = PageContent.of(ComparisonPage.of(c, "loupe", List.of("v1")));

    assertThat(page.elements("tr")).hasSize(c.stages().size() + 1);
    long distances =
        c.stages().stream()
            .flatMap(s -> s.distance().stream())
            .filter(d -> d.differing() == 0 || d.meanUlps() > 0)
            .count();
    assertThat(marks(page, "circle")).isEqualTo(distances);
    assertThat(marks(page, "rect")).isEqualTo(distances);
    for (Element e : page.elements("*")) {
      if (e.hasAttribute("data-value")) {
        assertThat(e.getTextContent()).contains(e.getAttribute("data-value"));
      }
    }
  }

  private static long marks(PageContent page, String form) {
    return page.elements(form).stream().filter(e -> e.hasAttribute("data-value")).count();
  }

  @Test
  void hostileTextStaysText() throws Exception {
    TraceComparison c = comparison("scene-001.float32.eager", "scene-001.float32.eager");
    PageContent page = PageContent.of(ComparisonPage.of(c, HOSTILE, List.of(HOSTILE)));

    assertThat(page.text("code")).isEqualTo(HOSTILE.replace("\u202e", "\\u202e"));
    assertThat(page.elements("script")).isEmpty();
  }
}
