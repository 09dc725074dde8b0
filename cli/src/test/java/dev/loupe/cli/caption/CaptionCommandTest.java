package dev.loupe.cli.caption;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.NamedPipe;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.jr.ob.JSON;

class CaptionCommandTest {

  /** Two captions that are short, and right. */
  private static final Path YELLOW_SQUARE = TestFiles.scene("scene-011");

  private static final Path BLUE_CROSS = TestFiles.scene("scene-023");
  private static final String YELLOW_SQUARE_TEXT = "A small yellow square on a black background.";
  private static final String BLUE_CROSS_TEXT = "A small blue cross on a white background.";

  @TempDir Path folder;

  /** A prompt of scenes.json and all pictures that it is asked about. */
  static List<Map.Entry<String, List<String>>> scenesByPrompt() throws IOException {
    Map<String, List<String>> scenes = new TreeMap<>();
    Path file = TestFiles.resource("pictures/scenes/scenes.json");
    for (Object entry : JSON.std.listFrom(Files.readAllBytes(file))) {
      Map<?, ?> scene = (Map<?, ?>) entry;
      if (Boolean.FALSE.equals(scene.get("clip"))) {
        String name = ((String) ((List<?>) scene.get("files")).getFirst()).replace(".png", "");
        scenes.computeIfAbsent((String) scene.get("prompt"), _ -> new ArrayList<>()).add(name);
      }
    }
    return List.copyOf(scenes.entrySet());
  }

  @ParameterizedTest
  @MethodSource("scenesByPrompt")
  void everySceneIsCaptionedAsByTransformers(Map.Entry<String, List<String>> scenes) {
    List<Object> arguments =
        new ArrayList<>(List.of("caption", "--prompt", scenes.getKey(), "--max-new-tokens", "32"));
    scenes.getValue().forEach(name -> arguments.add(TestFiles.scene(name)));
    arguments.addAll(List.of("--format", "jsonl"));

    CommandLineRun run = CommandLineRun.of(arguments.toArray());

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.lines()).hasSameSizeAs(scenes.getValue());
    for (int i = 0; i < run.lines().size(); i++) {
      Map<String, Object> row = JsonLines.object(run.lines().get(i));
      Map<String, Object> golden = golden(scenes.getValue().get(i));
      assertThat(row.get("text")).isEqualTo(golden.get("text"));
      assertThat(row.get("tokens")).isEqualTo(golden.get("greedy"));
      assertThat(row.get("prompt_tokens")).isEqualTo(golden.get("tokens"));
    }
  }

  private static Map<String, Object> golden(String name) {
    return JsonLines.of(TestFiles.resource("goldens/captioner/runs.jsonl")).stream()
        .filter(r -> r.get("case").equals(name) && r.get("dtype").equals("float32"))
        .filter(r -> r.get("attn").equals("eager"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aClipIsCaptionedAsByTransformers() {
    CommandLineRun run =
        CommandLineRun.of(
            "caption",
            "--prompt=Describe this video.",
            "--clip",
            TestFiles.scene("clip-001-0"),
            TestFiles.scene("clip-001-1"),
            TestFiles.scene("clip-001-2"));

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isEqualTo(golden("clip-3").get("text") + "\n");
  }

  @ParameterizedTest
  @CsvSource({
    "cross-and-square, A large red cross to the left of a large white square on a pink background.",
    "ring-and-cross,   A small black ring above a large yellow cross on a gray background.",
    "square-and-circle, A small purple square above a large red circle on a black background.",
    "triangles, A small blue triangle to the left of a small yellow triangle on a white background."
  })
  void theSamplesAreCaptionedRightly(String sample, String caption) {
    CommandLineRun run = CommandLineRun.of("caption", Path.of("../samples", sample + ".png"));

    assertThat(run).isEqualTo(new CommandLineRun(ExitCodes.OK, caption + "\n", ""));
  }

  @Test
  void severalPicturesGetALineEachOfPathTabAndCaption() {
    CommandLineRun run = CommandLineRun.of("caption", YELLOW_SQUARE, BLUE_CROSS);

    assertThat(run.lines())
        .containsExactly(
            YELLOW_SQUARE + "\t" + YELLOW_SQUARE_TEXT, BLUE_CROSS + "\t" + BLUE_CROSS_TEXT);
    assertThat(run.err()).isEmpty();
  }

  @Test
  void aJsonLineHasTheFieldsOfTheContractInTheirOrder() {
    CommandLineRun run = CommandLineRun.of("caption", "--format=jsonl", BLUE_CROSS);

    Map<String, Object> row = JsonLines.object(run.out());
    assertThat(row.keySet())
        .containsExactly(
            "image",
            "width",
            "height",
            "resized_width",
            "resized_height",
            "image_tokens",
            "prompt_tokens",
            "prompt",
            "text",
            "tokens",
            "finish_reason",
            "error",
            "model",
            "weights",
            "dtype",
            "attention",
            "arithmetic",
            "seed",
            "timings");
    assertThat(row)
        .containsEntry("image", BLUE_CROSS.toString())
        .containsEntry("width", 84)
        .containsEntry("height", 112)
        .containsEntry("resized_width", 84)
        .containsEntry("resized_height", 112)
        .containsEntry("image_tokens", 12)
        .containsEntry("prompt", "Describe this image.")
        .containsEntry("text", BLUE_CROSS_TEXT)
        .containsEntry("finish_reason", "stop")
        .containsEntry("error", null)
        .containsEntry("model", "captioner")
        .containsEntry("weights", "stored")
        .containsEntry("dtype", "float32")
        .containsEntry("attention", "sdpa")
        .containsEntry("seed", null);
    assertThat((Map<?, ?>) row.get("timings"))
        .extracting(t -> List.copyOf(t.keySet()))
        .isEqualTo(List.of("load_ms", "image_ms", "prefill_ms", "decode_ms"));
  }

  @Test
  void oneBadPictureDoesNotStopTheOthers() throws IOException {
    Path notes = Files.writeString(folder.resolve("notes.png"), "milk, eggs");

    CommandLineRun run = CommandLineRun.of("caption", notes, BLUE_CROSS);

    assertThat(run.exit()).isEqualTo(ExitCodes.SOME_FAILED);
    assertThat(run.lines()).containsExactly(BLUE_CROSS + "\t" + BLUE_CROSS_TEXT);
    assertThat(run.err().lines())
        .containsExactly(
            "loupe: %s: expected a picture (JPEG, PNG, GIF, BMP, TIFF, WEBP), found a file that "
                    .formatted(notes)
                + "begins with 6d 69 6c 6b 2c 20 65 67; convert it to PNG or JPEG",
            "loupe: 1 of 2 failed:",
            "  " + notes);
  }

  @Test
  void aFailedPictureHasAJsonLineToo() {
    Path missing = folder.resolve("missing.png");

    CommandLineRun run = CommandLineRun.of("caption", "--format=jsonl", missing, BLUE_CROSS);

    assertThat(run.exit()).isEqualTo(ExitCodes.SOME_FAILED);
    assertThat(run.lines()).hasSize(2);
    Map<String, Object> row = JsonLines.object(run.lines().getFirst());
    assertThat(row.keySet()).isEqualTo(JsonLines.object(run.lines().getLast()).keySet());
    assertThat(row)
        .containsEntry("image", missing.toString())
        .containsEntry("finish_reason", "error")
        .containsEntry("error", missing + ": no such file or folder")
        .containsEntry("text", null)
        .containsEntry("tokens", null)
        .containsEntry("timings", null);
  }

  @Test
  void whereEveryPictureFailsTheCommandDoes() {
    CommandLineRun run = CommandLineRun.of("caption", folder.resolve("a"), folder.resolve("b"));

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("loupe: 2 of 2 failed:");
  }

  @Test
  void aCaptionThatWasCutIsToldUnlessQuiet() {
    CommandLineRun run = CommandLineRun.of("caption", "--max-new-tokens=3", BLUE_CROSS);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.out()).isEqualTo("A small blue\n");
    assertThat(run.error())
        .isEqualTo(
            BLUE_CROSS + ": the caption was cut after 3 tokens; --max-new-tokens allows more");
    assertThat(CommandLineRun.of("caption", "-q", "--max-new-tokens=3", BLUE_CROSS).err())
        .isEmpty();
  }

  @Test
  void pixelLimitsSetTheNumberOfImageTokens() {
    CommandLineRun small =
        CommandLineRun.of("caption", "--format=jsonl", "--max-pixels=3136", BLUE_CROSS);
    CommandLineRun large =
        CommandLineRun.of("caption", "--format=jsonl", "--min-pixels=25000", BLUE_CROSS);

    assertThat(JsonLines.object(small.out()))
        .containsEntry("resized_width", 28)
        .containsEntry("resized_height", 56)
        .containsEntry("image_tokens", 2);
    assertThat(JsonLines.object(large.out()))
        .containsEntry("resized_width", 140)
        .containsEntry("resized_height", 196)
        .containsEntry("image_tokens", 35);
  }

  @Test
  void prefixAndSuffixSurroundTheCaptionOfASingleFile() throws IOException {
    Path scenes = Files.createDirectory(folder.resolve("scenes"));
    Path picture = Files.copy(YELLOW_SQUARE, scenes.resolve("square.png"));
    List<String> around = List.of("--prefix={name}: ", "--suffix= {folder}.");
    String expected = "square: " + YELLOW_SQUARE_TEXT + " scenes.";

    CommandLineRun text = CommandLineRun.of("caption", around.get(0), around.get(1), picture);
    CommandLineRun jsonl =
        CommandLineRun.of("caption", around.get(0), around.get(1), "--format=jsonl", picture);

    assertThat(text.out()).isEqualTo(expected + "\n");
    assertThat(JsonLines.object(jsonl.out())).containsEntry("text", expected);
  }

  @Test
  void theTextOfAPromptFileMayBeginWithAMarkAndMustBeUtf8() throws IOException {
    Path marked = Files.writeString(folder.resolve("marked"), "\ufeffDescribe this image.\n");
    Path latin1 = Files.write(folder.resolve("latin1"), new byte[] {'g', 'r', (byte) 0xf6});

    CommandLineRun right = CommandLineRun.of("caption", "--prompt-file", marked, YELLOW_SQUARE);
    CommandLineRun wrong = CommandLineRun.of("caption", "--prompt-file", latin1, YELLOW_SQUARE);

    assertThat(right.out()).isEqualTo(YELLOW_SQUARE_TEXT + "\n");
    assertThat(wrong.error()).startsWith(latin1 + ": expected UTF-8, found the byte 0xf6 at 2");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  @Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aPipeOrDeviceIsNoPicture() throws Exception {
    Path pipe = NamedPipe.create(folder.resolve("pipe.png"));

    CommandLineRun run = CommandLineRun.of("caption", pipe, "/dev/zero", YELLOW_SQUARE);

    assertThat(run.exit()).isEqualTo(ExitCodes.SOME_FAILED);
    assertThat(run.err())
        .contains(pipe + ": expected a regular file, found a pipe or device")
        .contains("/dev/zero: expected a regular file, found a pipe or device");
    assertThat(run.out()).contains(YELLOW_SQUARE_TEXT);
  }

  @Test
  void oneThreadSaysTheSameAsTwo() {
    CommandLineRun one = CommandLineRun.of("caption", "--threads=1", YELLOW_SQUARE);
    CommandLineRun two = CommandLineRun.of("caption", "--threads=2", YELLOW_SQUARE);

    assertThat(one).isEqualTo(two);
    assertThat(one.out()).isEqualTo(YELLOW_SQUARE_TEXT + "\n");
  }

  @Test
  void withoutGuessesItSaysTheSame() {
    CommandLineRun guessed = CommandLineRun.of("caption", YELLOW_SQUARE);
    CommandLineRun plain = CommandLineRun.of("caption", "--no-guess", YELLOW_SQUARE);

    assertThat(plain).isEqualTo(guessed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--threads=0 a.png         | --threads: expected at least 1, found 0",
        "--max-new-tokens=0 a.png  | --max-new-tokens: expected at least 1, found 0",
        "--max-pixels=0 a.png      | --max-pixels: expected at least 1, found 0",
        "--min-pixels=9 --max-pixels=8 a.png"
            + " | --min-pixels: expected at most --max-pixels (8), found 9",
        "--max-pixels=9 --detail=low a.png"
            + " | --detail: expected no --max-pixels beside it, found both; give one of them",
        "--detail=huge a.png       | invalid value for option '--detail'",
        "--clip                    | --clip: expected the files of its frames, found none",
        "-m synthetic:9b a.png     | synthetic:9b: expected synthetic:2b or synthetic:7b",
        "--decode-timeout=0 a.png  | --decode-timeout: expected a number of seconds from 0.001",
        "--existing=append a.png   | {existing}, --existing append or prepend: expected --format",
        "--format=xml a.png        | invalid value for option '--format'",
        "--quiet                   | expected at least one picture, found none"
      })
  void aCommandLineThatMakesNoSenseIsAUsageError(String arguments, String error) {
    CommandLineRun run = CommandLineRun.of((Object[]) ("caption " + arguments).split(" +"));

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error()).startsWith(error).endsWith("Try 'loupe caption --help' for more.");
    assertThat(run.out()).isEmpty();
  }
}
