package dev.loupe.cli.caption;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.CommandLineRun;
import dev.loupe.cli.command.ExitCodes;
import dev.loupe.testkit.JsonLines;
import dev.loupe.testkit.NamedPipe;
import dev.loupe.testkit.TestFiles;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Captions, rows and lists that other tools have written: other encodings, marks, junk, and pipes.
 */
class FilesOfOthersTest {

  private static final String SQUARE = "A small yellow square on a black background.";

  @TempDir Path root;
  private Path folder;

  @BeforeEach
  void picture() throws IOException {
    folder = Files.createDirectories(root.resolve("photos"));
    Files.copy(TestFiles.scene("scene-011"), folder.resolve("square.png"));
  }

  @ParameterizedTest
  @CsvSource({
    "append, ISO-8859-1, café, the byte 0xe9 at 3",
    "prepend, ISO-8859-1, café, the byte 0xe9 at 3",
    "append, windows-1251, кафе, the byte 0xea at 0",
    "append, UTF-16LE, \ufeffcafé, UTF-16LE",
    "prepend, UTF-16BE, \ufeffcafé, UTF-16BE",
    "append, UTF-32LE, \ufeffcafé, UTF-32LE",
    "prepend, UTF-16LE, cafe, a NUL byte"
  })
  void aCaptionThatIsNotUtf8StaysUntouchedAndIsListed(
      String existing, String encoding, String text, String found) throws IOException {
    byte[] bytes = text.getBytes(Charset.forName(encoding));
    Path caption = Files.write(folder.resolve("square.txt"), bytes);

    CommandLineRun run = CommandLineRun.of("caption", "-q", folder, "--existing=" + existing);

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.err())
        .contains(caption + ": expected UTF-8, found " + found)
        .contains("save it as UTF-8");
    assertThat(caption).hasBinaryContent(bytes);
  }

  @Test
  void theMarkOfAnOldCaptionDoesNotGetIntoTheMiddleOfTheNewOne() throws IOException {
    Path caption = Files.writeString(folder.resolve("square.txt"), "\ufeffold, größer\n");

    CommandLineRun.of("caption", "-q", folder, "--existing=prepend");

    assertThat(caption).hasContent(SQUARE + " old, größer");
  }

  @Test
  void rowsMayBeginWithAMark() throws IOException {
    Path rows = folder.resolve("metadata.jsonl");
    Files.writeString(rows, "\ufeff{\"file_name\":\"square.png\",\"text\":\"old\"}");

    CommandLineRun kept = CommandLineRun.of("caption", folder, "--format=jsonl");
    assertThat(kept.error()).startsWith("0 captioned, 1 skipped");

    CommandLineRun.of("caption", "-q", folder, "--format=jsonl", "--existing=append");
    assertThat(JsonLines.of(rows))
        .singleElement()
        .satisfies(row -> assertThat(row).containsEntry("text", "old " + SQUARE));
  }

  @Test
  void rowsInAnotherEncodingAreRefusedAndStayUntouched() throws IOException {
    Path rows = folder.resolve("metadata.jsonl");
    byte[] latin1 =
        "{\"file_name\":\"square.png\",\"text\":\"größer\"}\n"
            .getBytes(StandardCharsets.ISO_8859_1);
    Files.write(rows, latin1);

    CommandLineRun run =
        CommandLineRun.of("caption", folder, "--format=jsonl", "--existing=append");

    assertThat(run.error()).startsWith(rows + ": expected UTF-8, found another encoding");
    assertThat(rows).hasBinaryContent(latin1);
  }

  @Test
  void aListWithAMarkNamesItsFirstPicture() throws IOException {
    Path list =
        Files.writeString(root.resolve("list.txt"), "\ufeff" + folder.resolve("square.png"));

    CommandLineRun run = CommandLineRun.of("caption", "--dry-run", "--from", list);

    assertThat(run.lines()).singleElement().asString().startsWith("caption\t" + folder);
  }

  @ParameterizedTest
  @CsvSource({"hello", "[[[[", "'{\"file_name\":1}'"})
  void aLineThatIsNoRowIsRefusedAlsoWhereItIsTheLast(String line) throws IOException {
    Path rows = Files.writeString(folder.resolve("metadata.jsonl"), line + "\n");

    CommandLineRun run = CommandLineRun.of("caption", folder, "--format=jsonl");

    assertThat(run.error()).startsWith(rows + ": expected a JSON object with file_name");
    assertThat(rows).hasContent(line);
  }

  @Test
  void aFolderIsNoListAndThePipeOfAShellIsExplained() {
    assertThat(CommandLineRun.of("caption", "--from", folder).error())
        .startsWith("--from " + folder + ": expected a file that lists paths, found a folder");
    assertThat(CommandLineRun.of("caption", "--from", "/dev/fd/987").error())
        .contains("expected a file, found a pipe of the shell");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aPipeInThePlaceOfACaptionIsListedAndNotReadFrom() throws Exception {
    Path pipe = NamedPipe.create(folder.resolve("square.txt"));

    CommandLineRun run = CommandLineRun.of("caption", folder, "--existing=append");

    assertThat(run.err())
        .contains(pipe + ": expected a place for the caption, found a device or pipe");
  }
}
