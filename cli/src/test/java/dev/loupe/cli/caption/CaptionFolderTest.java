package dev.loupe.cli.caption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code caption} for folders, patterns and lists. */
class CaptionFolderTest {

  private static final String SQUARE = "A small yellow square on a black background.";
  private static final String CROSS = "A small blue cross on a white background.";

  @TempDir Path root;
  private Path folder;

  /** photos/square.png and photos/trip/cross.png. */
  @BeforeEach
  void pictures() throws IOException {
    folder = Files.createDirectories(root.resolve("photos"));
    Files.createDirectories(folder.resolve("trip"));
    Files.copy(TestFiles.scene("scene-011"), folder.resolve("square.png"));
    Files.copy(TestFiles.scene("scene-023"), folder.resolve("trip/cross.png"));
  }

  @Test
  void aFolderGetsATextFileBesideEachPicture() {
    CommandLineRun run = CommandLineRun.of("caption", folder);

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.out()).isEmpty();
    assertThat(run.error()).matches("1 captioned, 0 skipped, 0 failed in .*");
    assertThat(folder.resolve("square.txt")).hasContent(SQUARE);
    assertThat(folder.resolve("trip/cross.txt")).doesNotExist();
    assertThat(files(root)).containsOnly("square.png", "square.txt", "cross.png");
  }

  @Test
  void theFoldersInsideAreCaptionedIfAskedFor() {
    assertThat(CommandLineRun.of("caption", "-q", "-r", folder))
        .isEqualTo(new CommandLineRun(ExitCodes.OK, "", ""));

    assertThat(folder.resolve("trip/cross.txt")).hasContent(CROSS);
  }

  @Test
  void anOutputFolderGetsTheSameTree() {
    Path out = root.resolve("captions");

    CommandLineRun.of("caption", "-q", "-r", folder, "-o", out, "--extension=caption");

    assertThat(out.resolve("square.caption")).hasContent(SQUARE);
    assertThat(out.resolve("trip/cross.caption")).hasContent(CROSS);
    assertThat(files(folder)).containsOnly("square.png", "cross.png");
  }

  @Test
  void rowsGoIntoMetadataThatHuggingFaceReads() throws IOException {
    CommandLineRun.of("caption", "-q", "-r", folder, "--format=jsonl");

    List<Map<String, Object>> rows = JsonLines.of(folder.resolve("metadata.jsonl"));
    assertThat(rows)
        .extracting(row -> row.get("file_name"), row -> row.get("text"))
        .containsExactlyInAnyOrder(tuple("square.png", SQUARE), tuple("trip/cross.png", CROSS));
    assertThat(rows.getFirst().keySet())
        .startsWith("file_name", "image", "width", "height")
        .endsWith("seed", "timings");
    assertThat(files(folder)).containsOnly("square.png", "cross.png", "metadata.jsonl");
  }

  @Test
  void linesOnStandardOutputLeaveNothingBehind() {
    CommandLineRun run = CommandLineRun.of("caption", "-q", "-r", folder, "--format=text");

    assertThat(run.lines())
        .containsExactlyInAnyOrder(
            folder.resolve("square.png") + "\t" + SQUARE,
            folder.resolve("trip/cross.png") + "\t" + CROSS);
    assertThat(files(folder)).containsOnly("square.png", "cross.png");
  }

  @Test
  void aPatternIsExpandedAndAListRead() throws IOException {
    byte[] list = (folder.resolve("trip/cross.png") + "\0").getBytes(StandardCharsets.UTF_8);

    CommandLineRun pattern = CommandLineRun.of("caption", "--dry-run", folder + "/**/*.png");
    CommandLineRun listed =
        CommandLineRun.withInput(list, "caption", "--dry-run", "--from", "-", folder);

    assertThat(pattern.lines()).hasSize(2);
    assertThat(listed.lines())
        .containsExactly(
            "caption\t" + folder.resolve("square.png") + "\t" + folder.resolve("square.txt"),
            "caption\t"
                + folder.resolve("trip/cross.png")
                + "\t"
                + folder.resolve("trip/cross.txt"));
  }

  @Test
  void aDryRunNeedsNoModelAndChangesNothing() {
    CommandLineRun run =
        CommandLineRun.of("caption", "--dry-run", "-r", folder, "--existing=overwrite");

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.error()).isEqualTo("2 to caption, 0 skipped; nothing was done");
    assertThat(files(root)).containsOnly("square.png", "cross.png");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "skip      | old",
        "overwrite | A small yellow square on a black background.",
        "append    | old A small yellow square on a black background.",
        "prepend   | A small yellow square on a black background. old"
      })
  void aCaptionThatIsThereAlready(String existing, String becomes) throws IOException {
    Files.writeString(folder.resolve("square.txt"), "old\n");
    Files.writeString(
        folder.resolve("metadata.jsonl"),
        "{\"file_name\":\"other.png\",\"text\":\"x\"}\n"
            + "{\"file_name\":\"square.png\",\"text\":\"old\"}\n");

    CommandLineRun.of("caption", "-q", folder, "--existing", existing);
    CommandLineRun.of("caption", "-q", folder, "--existing", existing, "--format=jsonl");

    assertThat(folder.resolve("square.txt")).hasContent(becomes);
    assertThat(JsonLines.of(folder.resolve("metadata.jsonl")))
        .extracting(row -> row.get("file_name") + ": " + row.get("text"))
        .containsExactly("other.png: x", "square.png: " + becomes);
    assertThat(files(folder)).noneMatch(name -> name.startsWith("."));
  }

  @Test
  void oneCaptionThatIsThereAlreadyStopsARunThatShallFail() throws IOException {
    Files.writeString(folder.resolve("square.txt"), "old\n");

    CommandLineRun run = CommandLineRun.of("caption", "-r", folder, "--existing=fail");

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error())
        .startsWith("1 of 2 pictures have captions already; choose --existing skip");
    assertThat(folder.resolve("trip/cross.txt")).doesNotExist();
  }

  @Test
  void prefixSuffixAndPromptTakeVariables() throws IOException {
    Files.writeString(folder.resolve("square.txt"), "old");
    Path prompt = Files.writeString(root.resolve("prompt"), "Describe this {{image}}.\n");

    CommandLineRun.of(
        "caption",
        "-q",
        folder,
        "--existing=overwrite",
        "--prompt-file",
        prompt,
        "--prefix={folder}/{name} ({existing}): ",
        "--suffix= {\"a\": 1}");

    assertThat(folder.resolve("square.txt"))
        .content()
        .startsWith("photos/square (old): ")
        .endsWith(" {\"a\": 1}\n");
  }

  @Test
  void oneBadPictureIsListedAgainAtTheEndAndTriedAgainByTheNextRun() throws IOException {
    Path bad = Files.writeString(folder.resolve("notes.jpg"), "milk, eggs");

    CommandLineRun first = CommandLineRun.of("caption", folder, "--format=jsonl");
    Files.copy(TestFiles.scene("scene-023"), folder.resolve("again.jpg"));
    Files.move(folder.resolve("again.jpg"), bad, StandardCopyOption.REPLACE_EXISTING);
    CommandLineRun second = CommandLineRun.of("caption", "-q", folder, "--format=jsonl");

    assertThat(first.exit()).isEqualTo(ExitCodes.SOME_FAILED);
    assertThat(first.err().lines().filter(line -> line.contains("notes.jpg: expected a picture")))
        .hasSize(2);
    assertThat(second.exit()).isEqualTo(ExitCodes.OK);
    assertThat(JsonLines.of(folder.resolve("metadata.jsonl")))
        .extracting(row -> row.get("text"))
        .containsExactly(SQUARE, CROSS);
  }

  @Test
  void withFailFastTheFirstBadPictureEndsTheRun() throws IOException {
    Files.writeString(folder.resolve("a.jpg"), "milk, eggs");

    CommandLineRun run = CommandLineRun.of("caption", folder, "--fail-fast");

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
  }

  @Test
  void captionsThatWereCutAreCounted() {
    CommandLineRun run = CommandLineRun.of("caption", folder, "--max-new-tokens=3");

    assertThat(run.err()).contains("1 captions were cut; --max-new-tokens allows longer ones");
    assertThat(folder.resolve("square.txt")).hasContent("A small yellow");
  }

  @Test
  void whereEveryPictureFailsTheCommandDoes() throws IOException {
    Files.writeString(folder.resolve("square.png"), "milk, eggs");

    assertThat(CommandLineRun.of("caption", folder).exit()).isEqualTo(ExitCodes.FAILED);
  }

  @Test
  void twoPicturesThatWouldShareACaptionFileAreNotMixedUp() throws IOException {
    Files.copy(TestFiles.scene("scene-023"), folder.resolve("square.jpg"));

    CommandLineRun run = CommandLineRun.of("caption", folder);

    assertThat(run.exit()).isEqualTo(ExitCodes.SOME_FAILED);
    assertThat(run.err())
        .contains("square.png: expected a caption file of its own, found that")
        .contains("1 captioned");
    assertThat(folder.resolve("square.txt")).hasContent(CROSS);
  }

  @Test
  void aPictureNamedTwiceIsCaptionedOnce() {
    CommandLineRun run = CommandLineRun.of("caption", folder, folder.resolve("trip/../square.png"));

    assertThat(run.err()).contains("1 pictures were named twice").contains("1 captioned");
  }

  @Test
  void aSecondRunOnTheSameOutputIsRefused() throws IOException {
    try (FileChannel other =
            FileChannel.open(
                folder.resolve(".loupe-run"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var lock = other.lock()) {
      assertThat(lock.isValid()).isTrue();

      CommandLineRun run = CommandLineRun.of("caption", folder);

      assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
      assertThat(run.error())
          .isEqualTo(
              folder.resolve(".loupe-run")
                  + ": expected no other run on this output, found one; wait for it, or choose "
                  + "another --output");
    }
  }

  @Test
  void aTornLastRowIsCutAndItsPictureDoneAgain() throws IOException {
    CommandLineRun.of("caption", "-q", "-r", folder, "--format=jsonl");
    Path file = folder.resolve("metadata.jsonl");
    String whole = Files.readString(file);
    Files.writeString(file, whole.substring(0, whole.length() - 40));

    CommandLineRun run = CommandLineRun.of("caption", "-r", folder, "--format=jsonl");

    assertThat(run.err()).contains("the last row was incomplete, as a killed run leaves it");
    assertThat(JsonLines.of(file))
        .extracting(row -> row.get("file_name"))
        .containsExactlyInAnyOrder("square.png", "trip/cross.png");
  }

  @Test
  void aFileThatHoldsNoRowsIsLeftAlone() throws IOException {
    Path notes = Files.writeString(root.resolve("notes.jsonl"), "milk, eggs");

    CommandLineRun run = CommandLineRun.of("caption", folder, "--format=jsonl", "-o", notes);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error()).contains("expected a JSON object with file_name in each line");
    assertThat(notes).hasContent("milk, eggs");
  }

  @Test
  void whatAKilledRunLeftIsRemoved() throws IOException {
    Path leftOver = Files.writeString(folder.resolve(".loupe-999999999-a1.tmp"), "half");

    CommandLineRun.of("caption", "-q", folder);

    assertThat(leftOver).doesNotExist();
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "needs a folder that root cannot write to either")
  void anOutputThatCannotBeWrittenIsToldBeforeTheModelIsLoaded() {
    CommandLineRun run = CommandLineRun.of("caption", folder, "-o", "/proc");

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error()).startsWith("/proc: expected a folder that can be written to");
  }

  @Test
  void anEmptyFolderIsNoFailure() throws IOException {
    CommandLineRun run =
        CommandLineRun.of("caption", Files.createDirectories(root.resolve("empty/er")).getParent());

    assertThat(run.exit()).isEqualTo(ExitCodes.OK);
    assertThat(run.err()).contains("no pictures found; --recursive looks into the 1 folders");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--prompt {nam}              | --prompt: expected the variables {name}, {folder} or {existing}",
        "--batch 0                   | --batch: expected at least 1, found 0",
        "--extension .               | --extension: expected something like .txt",
        "--format text --output x    | captions on standard output: expected no --output",
        "--prompt-file a --prompt b  | --prompt-file: expected no --prompt with it, found both",
        "--max-pixels many           | --max-pixels: expected a number, or model, found many"
      })
  void aCommandLineThatMakesNoSenseIsAUsageError(String arguments, String error) {
    CommandLineRun run =
        CommandLineRun.of(
            Stream.concat(Stream.of("caption", folder), Stream.of((Object[]) arguments.split(" +")))
                .toArray());

    assertThat(run.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.error()).startsWith(error);
  }

  @ParameterizedTest
  @CsvSource({"text,-", "jsonl,-", "jsonl,file"})
  void prefixAndSuffixSurroundEachCaption(String format, String output) throws IOException {
    Path file = root.resolve("rows.jsonl");

    CommandLineRun run =
        CommandLineRun.of(
            "caption",
            "-q",
            "--prefix={name}: ",
            "--suffix= (end)",
            "--format=" + format,
            folder,
            "-o",
            output.equals("-") ? "-" : file);

    String written = output.equals("-") ? run.out() : Files.readString(file);
    assertThat(written).contains("square: " + SQUARE + " (end)");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void namesWithControlCharactersReachNoTerminal() throws IOException {
    Path odd = folder.resolve("a\u001b[31m\u202e.png");
    Files.writeString(odd, "no picture");
    Files.copy(TestFiles.scene("scene-011"), folder.resolve("b\u001b[32m.png"));

    CommandLineRun run = CommandLineRun.of("caption", folder, "--format=text");
    CommandLineRun single = CommandLineRun.of("caption", odd, folder.resolve("b\u001b[32m.png"));

    for (CommandLineRun each : List.of(run, single)) {
      assertThat(each.out() + each.err()).doesNotContain("\u001b").doesNotContain("\u202e");
      assertThat(each.err()).contains("a\\u001b[31m\\u202e.png: ");
      assertThat(each.out()).contains("b\\u001b[32m.png\t" + SQUARE);
    }
  }

  private static List<String> files(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
