package dev.loupe.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.io.Json;
import dev.loupe.io.JsonObject;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Receipts of captions: those of this program hold, and an edit is found and named. */
class VerifyCommandTest {

  @TempDir Path folder;
  private Path rows;

  @BeforeEach
  void caption() throws IOException {
    for (String scene : List.of("scene-000", "scene-001")) {
      Files.copy(TestFiles.scene(scene), folder.resolve(scene + ".png"));
    }
    rows = folder.resolve("metadata.jsonl");
  }

  private void captionFolder(Object... more) {
    assertThat(run("caption", folder, List.of("--format=jsonl", "--receipt", "-q"), more).exit())
        .isEqualTo(ExitCodes.OK);
  }

  private static CommandLineRun run(
      String command, Path path, List<String> options, Object... more) {
    Object[] all = new Object[2 + options.size() + more.length];
    all[0] = command;
    all[1] = path;
    for (int i = 0; i < options.size(); i++) {
      all[2 + i] = options.get(i);
    }
    System.arraycopy(more, 0, all, 2 + options.size(), more.length);
    return CommandLineRun.of(all);
  }

  private CommandLineRun verify(Object... more) {
    return run("verify", rows, List.of("-q", "--no-cache"), more);
  }

  private void edit(UnaryOperator<String> change) throws IOException {
    Files.writeString(rows, change.apply(Files.readString(rows)));
  }

  private List<?> differs() {
    CommandLineRun run = verify("--json");
    assertThat(run.exit()).isEqualTo(ExitCodes.DIFFERENT);
    JsonObject json = Json.read(run.out().getBytes(StandardCharsets.UTF_8));
    return (List<?>) json.requiredObjects("differ").getFirst().values().get("differs");
  }

  @Test
  void receiptsOfABatchHoldAloneWithOneThreadAndForDrawnTokens() throws IOException {
    captionFolder("--batch=2", "--threads=2", "--sample", "--seed=9", "--temperature=1.7");

    CommandLineRun run = verify("--threads=1");

    assertThat(run.out()).isEqualTo("2 of 2 receipts hold\n");
    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(Files.readString(rows))
        .contains("\"receipt\":{\"version\":1,\"model\":\"")
        .contains("\"temperature\":1.7");
  }

  @Test
  void aFileAndAFolderGiveTheSameReceipt() throws IOException {
    captionFolder("--dtype=float16");
    Path scene = folder.resolve("scene-001.png");
    String file =
        CommandLineRun.of("caption", scene, "--format=jsonl", "--receipt", "-q", "--dtype=float16")
            .out();

    List<Map<?, ?>> both =
        Files.readAllLines(rows).stream()
            .filter(line -> line.contains("scene-001"))
            .<Map<?, ?>>map(line -> (Map<?, ?>) Json.readLine(line).values().get("receipt"))
            .toList();
    assertThat(both).containsExactly((Map<?, ?>) Json.readLine(file).values().get("receipt"));
    assertThat(verify().exit()).isEqualTo(ExitCodes.OK);
  }

  @Test
  void aClipHasAReceipt() throws IOException {
    Path scene = folder.resolve("scene-001.png");
    for (List<Path> frames : List.of(List.of(scene, scene), List.of(scene))) {
      Object[] arguments = {"caption", "--format=jsonl", "--receipt", "-q", "--clip"};
      Object[] all = new Object[arguments.length + frames.size()];
      System.arraycopy(arguments, 0, all, 0, arguments.length);
      System.arraycopy(frames.toArray(), 0, all, arguments.length, frames.size());
      Files.writeString(rows, CommandLineRun.of(all).out());

      assertThat(verify().out()).isEqualTo("1 of 1 receipts hold\n");
    }
  }

  @Test
  void anEditOfARowNamesTheField() throws IOException {
    captionFolder("--max-new-tokens=8");
    String whole = Files.readString(rows);
    Map<String, String> edits =
        Map.of(
            "\"text\":\"", "text",
            "\"prompt\":\"", "prompt",
            "\"tokens\":[", "tokens",
            "\"width\":", "width",
            "\"seed\":null", "seed",
            "\"dtype\":\"float32", "dtype",
            "\"maxNewTokens\":", "settings",
            "\"picture\":\"", "picture",
            "\"logits\":\"", "logits",
            "\"hash\":\"", "hash");
    edits.forEach((at, name) -> {
      try {
        String digit = at.endsWith("null") ? "" : at.endsWith("[") ? "1," : "1";
        String changed = at.endsWith("null") ? at.replace("null", "3") : at + digit;
        Files.writeString(rows, whole.replaceFirst(java.util.regex.Pattern.quote(at), changed));
        assertThat(differs()).as(at).first().isEqualTo(name);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    });
  }

  @Test
  void anotherPictureOrNoneIsSaid() throws IOException {
    captionFolder();
    Path scene = folder.resolve("scene-001.png");
    Files.copy(
        TestFiles.scene("scene-003"), scene, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(verify().lines())
        .anyMatch(line -> line.matches("line \\d, .*scene-001.png: does not hold in picture: .*"))
        .endsWith("1 of 2 receipts hold");

    Files.delete(scene);
    assertThat(verify().out()).contains("scene-001.png: expected it in this folder or in ");
  }

  @Test
  void anotherModelIsSaidAndNothingIsComputed() throws IOException {
    captionFolder();
    edit(
        all -> all.replaceAll("\"model\":\"[0-9a-f]{64}\"", "\"model\":\"" + "0".repeat(64) + '"'));

    CommandLineRun run = verify();

    assertThat(run.lines().getFirst())
        .contains("does not hold in settings, model")
        .doesNotContain("logits");
    assertThat(run.exit()).isEqualTo(ExitCodes.DIFFERENT);
  }

  @Test
  void otherWeightsAreSaidWithTheOptionsThatMakeThem() {
    captionFolder();

    assertThat(verify("--weights=int8").lines().getFirst())
        .contains("does not hold in model: ")
        .endsWith("; give the --model, --weights and --tokenizer of the captions");
  }

  @Test
  void aRowNamesTheIntegersThatItsWeightsWere() throws IOException {
    captionFolder("--weights=int8", "--no-cache");

    assertThat(Files.readString(rows))
        .contains("\"weights\":\"decoder=int8,head=int8,tower=int8\"");
    assertThat(verify("--weights=int8").exit()).isEqualTo(ExitCodes.OK);

    edit(text -> text.replace("decoder=int8,", "decoder=int4,"));
    assertThat(verify("--weights=int8").lines().getFirst()).contains("does not hold in weights");
  }

  @Test
  void whatHasNoReceiptsIsRefused() throws IOException {
    Files.writeString(rows, "{\"image\":\"a.png\"}\n");
    assertThat(verify().err())
        .isEqualTo(
            "loupe: %s: expected rows that caption --receipt wrote, found none with a receipt\n"
                .formatted(rows));
    Files.writeString(rows, "\n[1]\n");
    assertThat(verify().err())
        .isEqualTo("loupe: %s, line 2: expected a JSON object, found a list\n".formatted(rows));
    assertThat(run("verify", folder.resolve("scene-001.png"), List.of()).err())
        .contains("scene-001.png: expected JSON lines in UTF-8, found other bytes");
    Files.writeString(rows, "\n" + "[".repeat(16_000_001));
    assertThat(verify().err())
        .isEqualTo(
            ("loupe: %s, line 2: expected at most 16000000 characters, found more; give a file with"
                    + " one JSON object a line\n")
                .formatted(rows));
    assertThat(run("verify", folder, List.of()).exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run("verify", folder.resolve("none"), List.of()).err())
        .contains("none: no such file");
  }

  @Test
  void aReceiptNeedsAPlaceAndAPlainCaption() {
    assertThat(run("caption", folder, List.of("--receipt")).error())
        .startsWith("--receipt: expected --format jsonl with it");
    assertThat(run("caption", folder, List.of("--receipt", "--format=jsonl", "--prefix=a")).error())
        .startsWith("--receipt: expected captions as the model gives them");
  }
}
