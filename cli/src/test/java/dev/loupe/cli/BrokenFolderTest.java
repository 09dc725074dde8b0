package dev.loupe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loupe.cli.command.ExitCodes;
import dev.loupe.io.Printable;
import dev.loupe.testkit.Scenes;
import dev.loupe.testkit.TestFiles;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A folder with every kind of file that can go wrong, and names that can. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "links, pipes, and names that are no text")
class BrokenFolderTest {

  private static final String CROSS = "A small blue cross on a white background.\n";
  private static final String NO_PICTURE = "expected a picture (";

  @TempDir Path root;
  private Path folder;

  /** What the list of failures calls a file, and a part of the reason. */
  private final Map<String, String> bad = new LinkedHashMap<>();

  @BeforeEach
  void create() throws IOException {
    folder = Files.createDirectory(root.resolve("in"));
  }

  @Test
  void goodPicturesAreCaptionedAndBadOnesListedWithTheirReasons() throws Exception {
    cut();
    notPictures();
    links();
    List<Path> good = good();

    CommandLineRun run = CommandLineRun.of("caption", "-r", folder);

    assertThat(run.exit()).isEqualTo(ExitCodes.SOME_FAILED);
    for (Path picture : good) {
      String name = picture.getFileName().toString();
      Path sidecar = picture.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".txt");
      assertThat(sidecar).hasContent(CROSS.strip());
    }
    assertThat(run.err()).contains(good.size() + 1 + " captioned, 0 skipped, ");
    assertThat(Files.exists(folder.resolve("raw.txt"))).isFalse();
    assertThat(lsOfBytes()).contains("n\\377me.txt");
    List<String> listed =
        run.err().lines().filter(line -> line.startsWith("  ")).map(String::strip).toList();
    assertThat(bad).hasSizeGreaterThanOrEqualTo(40);
    assertThat(listed).hasSameSizeAs(bad.keySet());
    bad.forEach((name, reason) ->
        assertThat(listed)
            .as(name)
            .anyMatch(
                line -> line.startsWith(folder + "/" + name + ": ") && line.contains(reason)));
  }

  @Test
  void aNameThatIsNoTextHasNoPlaceInJsonAndIsTold() throws Exception {
    rawName();

    CommandLineRun run = CommandLineRun.of("caption", folder, "--format=jsonl");

    assertThat(run.exit()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.error())
        .startsWith(folder + "/n\\xFFme.png: expected a name that JSON can hold");
  }

  private void cut() throws IOException {
    for (String format : List.of("png", "jpg", "gif", "bmp", "tiff")) {
      cut(format, 2);
      cut(format, 10);
    }
    header("only-png-header.png", "\u0089PNG\r\n\u001a\n");
    header("only-jpg-header.jpg", "\u00ff\u00d8\u00ff");
    header("only-gif-header.gif", "GIF89a");
    header("only-bmp-header.bmp", "BM");
    header("only-tif-header.tif", "II*\0");
    header("only-webp-header.webp", "RIFF\u0010\0\0\0WEBP");
    byte[] damaged = encoded("png");
    Arrays.fill(damaged, damaged.length / 3, damaged.length / 2, (byte) 0x55);
    bad("damaged-inside.png", damaged, "expected a whole PNG picture");
    byte[] huge = encoded("png");
    Arrays.fill(huge, 16, 24, (byte) 0x7f);
    bad("huge.png", huge, "expected at most 178956970 pixels");
  }

  private void cut(String format, int part) throws IOException {
    byte[] whole = encoded(format);
    bad(
        "cut-%s-%d.%s".formatted(format, part, format),
        Arrays.copyOf(whole, whole.length / part),
        "");
  }

  private static byte[] encoded(String format) throws IOException {
    BufferedImage scene = ImageIO.read(TestFiles.scene("scene-000").toFile());
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    assertThat(ImageIO.write(scene, format, file)).isTrue();
    return file.toByteArray();
  }

  private void header(String name, String content) throws IOException {
    bad(name, content.getBytes(StandardCharsets.ISO_8859_1), "");
  }

  private void notPictures() throws IOException {
    bad("empty.png", new byte[0], "found an empty file");
    text("notes.jpg", "milk, eggs");
    text("page.png", "<html><body>404</body></html>");
    text("drawing.png", "<svg xmlns='http://www.w3.org/2000/svg'/>");
    text("data.jpeg", "{\"a\": 1}");
    text("paper.png", "%PDF-1.7");
    text("archive.jpg", "PK\3\4");
    text("film.gif", "\0\0\0\24ftypisom");
    text("heic-photo.heic", "\0\0\0\30ftypheic");
    text("avif-photo.avif", "\0\0\0\34ftypavif");
    text("jxl-photo.jxl", "\u00ff\n");
    text("layers.tiff", "8BPS");
    text("one-byte.tif", "x");
    text("zeros.png", "\0".repeat(1000));
    text("line\nbreak-bad.png", "x");
    text("emoji-bad \uD83E\uDD8A.png", "x");
    text("tab\tbad.png", "x");
    bad("ones.jpg", filled(500, 0xff), "");
    bad("utf16.bmp", "hello".getBytes(StandardCharsets.UTF_16), NO_PICTURE);
  }

  private void text(String name, String content) throws IOException {
    bad(name, content.getBytes(StandardCharsets.UTF_8), NO_PICTURE);
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private void bad(String name, byte[] content, String reason) throws IOException {
    Files.write(folder.resolve(name), content);
    bad.put(Printable.escape(name), reason);
  }

  private void links() throws Exception {
    link("nowhere.png", "missing.png", "a link that leads nowhere");
    link("itself.png", "itself.png", "a link that leads nowhere, or in a circle");
    link("there.png", "back.png", "in a circle");
    link("back.png", "there.png", "in a circle");
    Files.createSymbolicLink(folder.resolve("loop"), Path.of("."));
    Files.createSymbolicLink(Files.createDirectory(folder.resolve("deep")).resolve("up"), folder);
    new ProcessBuilder("mkfifo", folder.resolve("pipe.png").toString()).start().waitFor();
    bad.put("pipe.png", "found a device or pipe");
    Files.createDirectory(folder.resolve("taken.txt"));
    Files.copy(TestFiles.scene("scene-023"), folder.resolve("taken.png"));
    bad.put("taken.png", "expected a place for the caption, found a folder");
    Files.copy(TestFiles.scene("scene-023"), folder.resolve("with space.jpg"));
    bad.put("with space.png", "expected a caption file of its own");
  }

  private void link(String name, String target, String reason) throws IOException {
    Files.createSymbolicLink(folder.resolve(name), Path.of(target));
    bad.put(name, reason);
  }

  private List<Path> good() throws Exception {
    Files.copy(TestFiles.scene("scene-023"), folder.resolve("with space.png"));
    Files.copy(TestFiles.scene("scene-023"), folder.resolve(".hidden.png"));
    Files.writeString(folder.resolve("readme.md"), "no picture, and does not say so");
    rawName();
    Path inside = Files.createDirectory(folder.resolve("a.png"));
    List<Path> good =
        Stream.of(
                "with space.jpg",
                "line\nbreak.png",
                "emoji \uD83E\uDD8A.png",
                "a".repeat(251) + ".png",
                "wrong-extension.jpg",
                "UPPER.PNG",
                "-dash.png",
                "it's \"quoted\".png",
                "100%25.png",
                "tab\there.png",
                "[a]*{b}?.png",
                "back\\slash.png",
                "two.dots.png",
                "e\u0301.png",
                "a.png/good.png")
            .map(folder::resolve)
            .toList();
    assertThat(inside).isDirectory();
    for (Path picture : good) {
      if (!Files.exists(picture)) {
        Files.copy(TestFiles.scene("scene-023"), picture);
      }
    }
    return good;
  }

  /** n, the byte 255, me.png: Java cannot spell it. */
  private void rawName() throws Exception {
    Path plain = root.resolve("raw.png");
    Scenes.draw(plain, 1);
    int exit =
        new ProcessBuilder(
                "bash",
                "-c",
                "mv \"$0\" \"$1\"/$'n\\xffme.png'",
                plain.toString(),
                folder.toString())
            .start()
            .waitFor();
    assertThat(exit).isZero();
  }

  private String lsOfBytes() throws IOException {
    ProcessBuilder ls = new ProcessBuilder("ls", "-b", folder.toString());
    ls.environment().put("LC_ALL", "C");
    return new String(ls.start().getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }
}
