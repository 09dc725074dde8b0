package dev.loupe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loupe.testkit.TestFiles;
import dev.loupe.tokenizer.ChatMessage;
import dev.loupe.tokenizer.ContentPart;
import dev.loupe.vision.image.ImageFormatException;
import dev.loupe.vision.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a prompt takes. */
class PromptTest {
  private static final Path SCENE = TestFiles.file("pictures/scenes/scene-001.png");

  @TempDir private Path folder;

  @Test
  void aPictureIsTheSameFromFileBytesAndMemory() throws IOException {
    byte[] file = Files.readAllBytes(SCENE);
    BufferedImage memory = ImageIO.read(new ByteArrayInputStream(file));
    Prompt prompt = Prompt.create().image(SCENE).image(file).image(memory);
    assertThat(prompt.images())
        .extracting(RgbImage::digest)
        .hasSize(3)
        .containsOnly(prompt.images().getFirst().digest());
    assertThat(prompt.images().getFirst().name()).isEqualTo("scene-001.png");
  }

  @Test
  void textPicturesAndClipsKeepTheirOrder() throws IOException {
    Prompt prompt =
        Prompt.create()
            .system("Be terse.")
            .text("First ")
            .image(SCENE)
            .text(" then ")
            .clip(List.of(RgbImage.of(1, 1, new byte[3])))
            .assistant("Yes.")
            .text("And?");
    assertThat(prompt.messages())
        .containsExactly(
            ChatMessage.system("Be terse."),
            ChatMessage.user(
                ContentPart.text("First "),
                ContentPart.IMAGE,
                ContentPart.text(" then "),
                ContentPart.VIDEO),
            ChatMessage.assistant("Yes."),
            ChatMessage.user("And?"));
  }

  @Test
  void anAnimatedGifIsTheClipOfItsFrames() throws IOException {
    // One frame, as ImageIO writes it: the model sees it as a clip all the same.
    ByteArrayOutputStream gif = new ByteArrayOutputStream();
    ImageIO.write(ImageIO.read(SCENE.toFile()), "gif", gif);
    Path file = folder.resolve("clip.gif");
    Files.write(file, gif.toByteArray());
    Prompt prompt = Prompt.create().clip(file).clip(gif.toByteArray()).text("What moves?");
    assertThat(prompt.clips()).hasSize(2).allSatisfy(frames -> assertThat(frames).hasSize(1));
    try (Qwen2Vl model = Qwen2Vl.loadBuiltIn()) {
      Generation answer = model.generate(prompt, GenerationOptions.greedy().maxNewTokens(4));
      assertThat(answer.pictures())
          .containsExactly(
              new PictureSize(112, 112, 112, 112, 16), new PictureSize(112, 112, 112, 112, 16));
    }
  }

  @Test
  void whatIsNoPictureSaysSo() throws IOException {
    Path text = folder.resolve("notes.jpg");
    Files.writeString(text, "not a picture");
    assertThatThrownBy(() -> Prompt.create().image(text))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageStartingWith("notes.jpg: expected a picture");
    assertThatThrownBy(() -> Prompt.create().image(new byte[0]))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("found an empty file");
    assertThatThrownBy(() -> Prompt.create().image(folder.resolve("absent.png")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> Prompt.create().clip(SCENE))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("expected an animated GIF, found a PNG picture");
  }

  @Test
  void conversationsAreJoinedWithTheirPictures() throws IOException {
    Prompt first =
        Prompt.create().image(SCENE).text("What is in this picture?").assistant("A ring.");
    Prompt joined = first.then(Prompt.create().text("And ").image(SCENE).text(" here?"));
    assertThat(joined.messages()).hasSize(3);
    assertThat(joined.images()).hasSize(2);
    assertThat(Prompt.create().then(first)).isEqualTo(first);
  }
}
