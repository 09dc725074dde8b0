package dev.loupe.engine.screen.html;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.engine.page.PageContent;
import dev.loupe.engine.screen.Extreme;
import dev.loupe.engine.screen.PictureScreen;
import dev.loupe.engine.screen.ProfileReport;
import dev.loupe.engine.screen.ScreenJson;
import dev.loupe.engine.screen.ScreenLine;
import dev.loupe.engine.screen.ScreenReport;
import dev.loupe.engine.screen.ScreenReport.Unread;
import dev.loupe.engine.screen.ScreenText;
import dev.loupe.engine.screen.Screening;
import dev.loupe.engine.screen.Site;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.numerics.AttentionKind;
import dev.loupe.tensor.numerics.ModuleId;
import dev.loupe.tensor.numerics.NumericsProfile;
import dev.loupe.tensor.numerics.Part;
import dev.loupe.tensor.numerics.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ScreenPageTest {
  private static final String HOSTILE = "</td><script>alert(1)</script>\"' onload=x\u202e.png";
  private static final NumericsProfile SDPA = NumericsProfile.of(DType.F16, AttentionKind.SDPA);

  private static Extreme extreme(Site site, float magnitude, String picture) {
    return new Extreme(site, magnitude, 65520, picture, "position 3, text \"<b>\"");
  }

  private static Site site(Part part, int layer, int head) {
    ModuleId module = ModuleId.of(part, "some.layers").layer(layer).child("attn");
    return head < 0
        ? new Site(module.output(), OptionalInt.empty())
        : new Site(module.step(Step.SCORES), OptionalInt.of(head));
  }

  /** A picture with one layer in each tower, whose largest score is that large. */
  private static PictureScreen picture(String name, float largest) {
    List<Extreme> extremes = new ArrayList<>();
    extremes.add(extreme(site(Part.VISION_TOWER, 0, -1), 12.5f, name));
    extremes.add(extreme(site(Part.DECODER, 0, -1), 0, name));
    extremes.add(extreme(site(Part.DECODER, 1, -1), 1000.25f, name));
    extremes.add(extreme(site(Part.DECODER, 1, 0), largest, name));
    boolean fails = !(largest < 65520);
    return new PictureScreen(
        name,
        extremes.stream().mapToDouble(Extreme::share).max().orElseThrow(),
        fails ? Optional.of(extremes.getLast()) : Optional.empty(),
        fails ? Optional.of("no finite score in " + HOSTILE) : Optional.empty(),
        7,
        extremes);
  }

  private static ProfileReport profile(NumericsProfile profile, float... largest) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < largest.length; i++) {
      names.add(i + HOSTILE);
    }
    Screening screening = new Screening(profile, names);
    for (int i = 0; i < largest.length; i++) {
      // Through a line, as after an interruption.
      String line = ScreenLine.of(profile.toString(), "1", picture(names.get(i), largest[i]));
      assertThat(screening.restore(ScreenLine.read(line).screen())).isTrue();
    }
    return screening.report();
  }

  private static ScreenReport report(ProfileReport... profiles) {
    return new ScreenReport(
        "model" + HOSTILE,
        "What?" + HOSTILE,
        List.of(profiles),
        List.of(new Unread("x.png", "x.png: broken" + HOSTILE)));
  }

  private static PageContent page(ScreenReport report) throws Exception {
    return PageContent.of(ScreenPage.of(report, "loupe " + HOSTILE, List.of("v1")));
  }

  @Test
  void everyNumberOnItIsANumberOfTheJsonAndItLoadsNothing() throws Exception {
    ScreenReport report =
        report(
            profile(NumericsProfile.FLOAT16_EAGER, 100, 40_000, 90_000.5f, 200, 3),
            profile(SDPA, 100, 40_000.5f),
            profile(NumericsProfile.FLOAT16_EAGER, Float.POSITIVE_INFINITY, Float.NaN));

    PageContent page = page(report);

    assertThat(page.numbersAreThoseOf(ScreenJson.of(report))).isGreaterThan(30);
    page.loadsNothing();
    assertThat(page.elements("script")).isEmpty();
    assertThat(page.text("h1")).startsWith("model").endsWith("in several arithmetics");
  }

  @Test
  void aSingleArithmeticIsTheTitle() throws Exception {
    assertThat(page(report(profile(SDPA, 100, 40_000))).text("h1"))
        .endsWith(
            "float16 sdpa: NARROW. In 2 pictures no number left the range, but one may only grow"
                + " by a factor of 1.638.");
    assertThat(page(report(profile(SDPA, 100))).text("h1"))
        .endsWith("float16 sdpa: SAFE. In 1 picture every number may grow by a factor of 65.504.");
    assertThat(page(report(profile(SDPA))).text("h1"))
        .endsWith("float16 sdpa: no verdict, for no picture could be run.");
  }

  @Test
  void theTextHasTheVerdictThePlaceAndTheGrowth() {
    String text = ScreenText.of(report(profile(SDPA, 100, 66_000, 70_000)));

    assertThat(text)
        .contains("float16 sdpa: FAILS. Of 3 pictures 2 left the range, and 2 got no answer.")
        .contains("  first      1</td>")
        .contains("  in         some.layers.1.attn.scores, head 0")
        .contains("  value      66000.0; the range ends at 65520.0")
        .containsPattern("1 +65.504 +0</td>")
        .containsPattern("2 +0.9927273 +1</td>")
        .containsPattern("3 +0.936 +2</td>")
        .contains("1 picture could not be run:")
        .doesNotContain("\u202e");
  }
}
