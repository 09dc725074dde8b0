package dev.loupe.cli.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which pictures are meant, and in which order. */
class FindingTest {

  @TempDir Path root;

  @Test
  void aFoldersPicturesComeBeforeThoseOfItsFoldersEachByName() throws IOException {
    files("b.png", "a.jpg", "z/1.webp", "c/2.TIFF", "c/.hidden.png", ".git/x.png", "c/notes.txt");

    assertThat(found(true, root.toString()))
        .containsExactly("a.jpg", "b.png", "c/2.TIFF", "z/1.webp");
    assertThat(found(false, root.toString())).containsExactly("a.jpg", "b.png");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*.png              | b.png",
        "**/*.png           | b.png c/d.png c/e/f.png",
        "*/*                | c/d.png c/g.jpg",
        "c/**/*.{png,jpg}   | c/d.png c/g.jpg c/e/f.png",
        "c/[d-e].png        | c/d.png",
        "?.png              | b.png",
        "**/*.txt           | c/notes.txt"
      })
  void aPatternMatchesInTheSameOrder(String pattern, String expected) throws IOException {
    files("b.png", "c/d.png", "c/g.jpg", "c/e/f.png", "c/notes.txt", ".h/x.png");

    assertThat(found(false, root + "/" + pattern)).containsExactly(expected.split(" "));
  }

  @Test
  void aPatternWithoutAMatchIsAFailure() {
    PictureFinder finder = new PictureFinder(false);
    finder.add(root + "/*.png");

    assertThat(finder.failures())
        .extracting(failure -> failure.reason().getMessage())
        .containsExactly(root + "/*.png: no picture matches");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need a right there")
  void aFolderThatIsReachedTwiceIsWalkedOnce() throws IOException {
    files("a/1.png");
    Files.createSymbolicLink(root.resolve("a/loop"), root);
    Files.createSymbolicLink(root.resolve("b"), root.resolve("a"));

    assertThat(found(true, root.toString())).containsExactly("a/1.png");
  }

  @Test
  void theFolderOfAllArgumentsIsTheAnchor() throws IOException {
    files("a/b/1.png", "a/c/2.png");
    PictureFinder finder = new PictureFinder(false);
    finder.add(root.resolve("a/b/1.png"));
    finder.add(root.resolve("a/c"));

    assertThat(finder.anchor()).contains(root.resolve("a"));
  }

  @Test
  void aListHasAPathALineOrEndsEachWithNul() throws IOException {
    assertThat(PathList.parse("a.png\r\nb c.png\n\nd.png".getBytes(StandardCharsets.UTF_8), "list"))
        .containsExactly(Path.of("a.png"), Path.of("b c.png"), Path.of("d.png"));
    assertThat(PathList.parse("a\nb.png\0c.png\0".getBytes(StandardCharsets.UTF_8), "list"))
        .containsExactly(Path.of("a\nb.png"), Path.of("c.png"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void theMarkOfAListIsNoPartOfItsFirstPath(String encoding) throws IOException {
    byte[] list = "\ufeffa.png\r\nköln/b.png\r\n".getBytes(Charset.forName(encoding));

    assertThat(PathList.parse(list, "list"))
        .containsExactly(Path.of("a.png"), Path.of("köln/b.png"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"./a.png\n", "köln/b.png\r\n./c.png", "./a.png"})
  void aListInUtf16WithoutItsMarkIsRefused(String paths) {
    for (Charset encoding : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
      assertThatThrownBy(() -> PathList.parse(paths.getBytes(encoding), "--from list"))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("--from list: expected paths in lines")
          .hasMessageContaining("UTF-16");
    }
  }

  @Test
  @DisabledOnOs(
      value = {OS.WINDOWS, OS.MAC},
      disabledReason = "names there are text")
  void bytesThatAreNoTextKeepTheirValue() throws IOException {
    Path path =
        PathList.parse(new byte[] {'x', '/', (byte) 0xff, 'y', '.', 'p'}, "list").getFirst();

    assertThat(FileNames.isText(path)).isFalse();
    assertThat(FileNames.shown(path)).isEqualTo("x/\\xFFy.p");
    assertThat(FileNames.shown(FileNames.withExtension(path, ".txt"))).isEqualTo("x/\\xFFy.txt");
  }

  @Test
  void aTemplateFillsItsVariablesAndLeavesOtherBracesAlone() {
    PictureFile picture = new PictureFile(Path.of("/trip/sea.side.jpg"), Path.of("sea.side.jpg"));
    CaptionTemplate template =
        new CaptionTemplate("{name} in {folder}, {{name}}, {existing}, {\"a\": {}}, $1\\");

    assertThat(template.fill(picture, "a $2 boat"))
        .isEqualTo("sea.side in trip, {name}, a $2 boat, {\"a\": {}}, $1\\");
    assertThatThrownBy(() -> new CaptionTemplate("a {tag}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "expected the variables {name}, {folder} or {existing}, found {tag}; double the "
                + "braces to write them as text");
  }

  private void files(String... names) throws IOException {
    for (String name : names) {
      Path file = root.resolve(name);
      Files.createDirectories(file.getParent());
      Files.createFile(file);
    }
  }

  private List<String> found(boolean recursive, String argument) {
    PictureFinder finder = new PictureFinder(recursive);
    finder.add(argument);
    return finder.pictures().stream()
        .map(picture -> root.relativize(picture.path()).toString())
        .toList();
  }
}
