package dev.loupe.cli.caption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.loupe.cli.folder.PictureEstimate;
import dev.loupe.cli.folder.PictureFile;
import dev.loupe.engine.GenerationOptions;
import dev.loupe.engine.ModelCost;
import dev.loupe.engine.Prompt;
import dev.loupe.engine.Qwen2Vl;
import dev.loupe.vision.image.ImageHeader;
import dev.loupe.vision.image.RgbImage;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How the time of a trial becomes that of a folder; no test compares times of this machine. */
class FolderTimeTest {
  private static final int TRIAL = 144;
  private static final int QUESTION = 25;
  private static Qwen2Vl model;
  private static ModelCost cost;

  @BeforeAll
  static void load() throws Exception {
    model = Qwen2Vl.loadBuiltIn();
    cost = new ModelCost(model.config(), 0, 0);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static PictureEstimate pictures(Integer... tokens) {
    Path path = Path.of("a.png");
    return new PictureEstimate(
        List.of(tokens), new PictureFile(path, path), new ImageHeader(336, 336), tokens[0]);
  }

  /** Seconds of ten pictures. */
  private static double seconds(
      double image, double prefill, double token, int tokens, PictureEstimate pictures) {
    return new FolderTime(cost, TRIAL, TRIAL + QUESTION, image, prefill, token)
            .of(pictures, 10, tokens)
            .toMillis()
        / 1e3;
  }

  @Test
  void picturesLikeThatOfTheTrialTakeItsTimeEach() {
    assertThat(seconds(2, 0.5, 0.1, 21, pictures(TRIAL, TRIAL))).isEqualTo(10 * (2 + 0.5 + 2));
    assertThat(seconds(2, 0.5, 0.1, 1, pictures(TRIAL))).isEqualTo(25);
  }

  @Test
  void largePicturesCountByTheirSquareToo() {
    double four = seconds(1, 0, 0, 1, pictures(4 * TRIAL));
    assertThat(four).isBetween(40.0, 160.0);
    assertThat(seconds(1, 0, 0, 1, pictures(8 * TRIAL))).isGreaterThan(2 * four);
    assertThat(seconds(1, 0, 0, 1, pictures(4 * TRIAL, TRIAL)))
        .isCloseTo((four + 10) / 2, within(1e-3));
    assertThat(seconds(0, 1, 0, 1, pictures(4 * TRIAL)))
        .isGreaterThan(10.0 * (4 * TRIAL + QUESTION) / (TRIAL + QUESTION));
  }

  @Test
  void aPictureThatWillBeRefusedTakesNoTime() {
    assertThat(seconds(1, 1, 0, 1, pictures(TRIAL, 0))).isEqualTo(10);
  }

  @Test
  void aTrialMeasuresEachPart() {
    int side = 112;
    RgbImage gray = RgbImage.of(side, side, new byte[side * side * RgbImage.CHANNELS]);
    FolderTime time =
        new FolderTrial(
                model,
                cost,
                16,
                Prompt.create().image(gray).text("What is this?"),
                GenerationOptions.greedy(),
                3)
            .once();
    assertThat(time.prompt()).isGreaterThan(16).isLessThan(16 + 40);
    assertThat(List.of(time.image(), time.prefill(), time.token()))
        .allSatisfy(seconds -> assertThat(seconds).isPositive().isLessThan(60));
  }

  @Test
  void theMeanOfPicturesIsThatOfThoseWhoseHeaderWasRead() {
    assertThat(pictures(5, 10, 2).mean()).isEqualTo(5);
    assertThat(pictures(Collections.nCopies(64, 7).toArray(Integer[]::new)).sampled())
        .isEqualTo(64);
  }
}
