package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.testkit.JsonLines;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A picture that is larger than a CPU should be given unasked, with a model that would take it. */
class LargePicturesTest {

  @TempDir Path folder;
  private Path model;
  private Path picture;

  @BeforeEach
  @SuppressWarnings("unchecked")
  void largeLimit() throws IOException {
    model = Fixtures.modelIn(folder.resolve("model"));
    Fixtures.edit(
        model.resolve("preprocessor_config.json"), json -> json.put("max_pixels", 12_845_056));
    Fixtures.edit(
        model.resolve("config.json"),
        json -> {
          // One layer of each: it is the number of tokens that counts here.
          json.put("num_hidden_layers", 1);
          Map<String, Object> tower =
              new LinkedHashMap<>((Map<String, Object>) json.get("vision_config"));
          tower.put("depth", 1);
          json.put("vision_config", tower);
        });
    picture = Files.createDirectory(folder.resolve("in")).resolve("large.png");
    BufferedImage image = new BufferedImage(1204, 1008, BufferedImage.TYPE_INT_RGB);
    ImageIO.write(image, "png", picture.toFile());
  }

  @Test
  void itIsShrunkTo1024TokensAndThatIsSaidOnce() {
    CommandLineRun run =
        CommandLineRun.of(
            "caption", "-m", model, "--format=jsonl", "--max-new-tokens=1", picture, picture);

    assertThat((int) tokens(run)).isBetween(900, 1024);
    assertThat(run.error())
        .isEqualTo(
            picture
                + ": 1204 x 1008 was shrunk to 802816 pixels (1024 tokens), like all larger pictures"
                + "; --max-pixels model uses the model's own limit of 12845056");
  }

  @Test
  void aFolderIsTreatedAlikeAndTheEstimateComesFirst() throws IOException {
    CommandLineRun run =
        CommandLineRun.of(
            "caption", "-m", model, "--format=jsonl", "--max-new-tokens=1", picture.getParent());

    assertThat(run.err().lines().toList().getFirst())
        .startsWith("loupe: about ")
        .contains("tokens a picture, measured on 1 of 1; the largest of them, ")
        .contains("with 1204 x 1008 pixels")
        .endsWith("GB besides the model");
    assertThat(run.err()).contains("was shrunk to 802816 pixels");
    Map<String, Object> row = JsonLines.of(picture.resolveSibling("metadata.jsonl")).getFirst();
    assertThat(row).containsEntry("width", 1204).containsEntry("height", 1008);
    assertThat((int) row.get("image_tokens")).isBetween(900, 1024);
  }

  @Test
  void theModelsOwnLimitIsThereForTheAsking() {
    CommandLineRun run =
        CommandLineRun.of(
            "caption",
            "-m",
            model,
            "--format=jsonl",
            "--max-new-tokens=1",
            "--max-pixels=model",
            picture);

    assertThat(tokens(run)).isEqualTo(43 * 36);
    assertThat(run.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"low, 238", "medium, 480", "high, 986", "full, 1548"})
  void detailNamesALimit(String detail, int tokens) {
    CommandLineRun run =
        CommandLineRun.of(
            "caption",
            "-m",
            model,
            "--format=jsonl",
            "--max-new-tokens=1",
            "--detail=" + detail,
            picture);

    assertThat(tokens(run)).isEqualTo(tokens);
    assertThat(run.err()).isEmpty();
  }

  private static Object tokens(CommandLineRun run) {
    return JsonLines.object(run.lines().getFirst()).get("image_tokens");
  }
}
