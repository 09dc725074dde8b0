package dev.loupe.engine;

import dev.loupe.tokenizer.ChatMessage;
import dev.loupe.tokenizer.ContentPart;
import dev.loupe.vision.image.ImageDecoder;
import dev.loupe.vision.image.ImageFormatException;
import dev.loupe.vision.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A conversation that waits for an answer: text, pictures and clips in any order, and earlier
 * turns. Immutable; each method returns a longer copy.
 *
 * <pre>{@code
 * Prompt.create().image(beach).text("Describe this image.")
 * Prompt.create().system("Be terse.").clip(frames).text("What moves?")
 *     .assistant("A ball.").text("Where to?")
 * }</pre>
 *
 * <p>What a user writes is text and nothing else: {@code <|im_end|>} in it is no control token.
 *
 * @param messages the turns, with a part for the position of each picture and clip
 * @param images the pictures, in the order of their positions
 * @param clips the frames of the clips, in the order of their positions
 */
public record Prompt(
    List<ChatMessage> messages, List<RgbImage> images, List<List<RgbImage>> clips) {

  /**
   * Checks that every position has its picture or clip.
   *
   * @throws IllegalArgumentException if the numbers differ
   */
  public Prompt {
    messages = List.copyOf(messages);
    images = List.copyOf(images);
    clips = clips.stream().map(List::copyOf).toList();
    requireCount("pictures", messages, ContentPart.IMAGE, images.size());
    requireCount("clips", messages, ContentPart.VIDEO, clips.size());
  }

  private static void requireCount(
      String what, List<ChatMessage> messages, ContentPart part, int found) {
    long expected =
        messages.stream().flatMap(m -> m.content().stream()).filter(part::equals).count();
    if (expected != found) {
      throw new IllegalArgumentException(
          "prompt: expected %d %s for as many positions, found %d"
              .formatted(expected, what, found));
    }
  }

  /** An empty conversation. */
  public static Prompt create() {
    return new Prompt(List.of(), List.of(), List.of());
  }

  /** A question without a picture. */
  public static Prompt of(String text) {
    return create().text(text);
  }

  /** Adds a system message; as the first message it replaces the template's own. */
  public Prompt system(String text) {
    return with(ChatMessage.system(text));
  }

  /** Adds an answer that the model gave before. What follows is a new turn of the user. */
  public Prompt assistant(String text) {
    return with(ChatMessage.assistant(text));
  }

  /** Adds text to the turn of the user. */
  public Prompt text(String text) {
    return say(ContentPart.text(text), images, clips);
  }

  /** Adds a picture to the turn of the user. */
  public Prompt image(RgbImage image) {
    return say(ContentPart.IMAGE, appended(images, image), clips);
  }

  /** Adds a picture in memory, of which a copy is kept, to the turn of the user. */
  public Prompt image(BufferedImage image) {
    return image(RgbImage.of(image));
  }

  /**
   * Adds the picture in a file to the turn of the user.
   *
   * @throws IOException if the file cannot be read, or is no whole picture
   */
  public Prompt image(Path file) throws IOException {
    return image(PictureFiles.decode(file));
  }

  /**
   * Adds the picture in the bytes of a file to the turn of the user.
   *
   * @throws ImageFormatException if they are no whole picture
   */
  public Prompt image(byte[] file) throws IOException {
    return image(PictureFiles.decode(file, "picture"));
  }

  /** Adds a clip to the turn of the user: frames of one size, in order of time. */
  public Prompt clip(List<RgbImage> frames) {
    return say(ContentPart.VIDEO, images, appended(clips, frames));
  }

  /**
   * Adds the animated GIF in a file as a clip to the turn of the user: two frames for each second,
   * see {@link ImageDecoder#decodeClip(byte[], String)}.
   *
   * @throws IOException if the file cannot be read, or is no whole GIF
   */
  public Prompt clip(Path file) throws IOException {
    return clip(new ImageDecoder().decodeClip(file));
  }

  /**
   * The same from the bytes of a file.
   *
   * @throws ImageFormatException if they are no whole GIF
   */
  public Prompt clip(byte[] file) throws IOException {
    return clip(new ImageDecoder().decodeClip(file, "clip"));
  }

  /** Adds all turns of another conversation. */
  public Prompt then(Prompt next) {
    return new Prompt(
        concatenated(messages, next.messages),
        concatenated(images, next.images),
        concatenated(clips, next.clips));
  }

  private Prompt with(ChatMessage message) {
    return new Prompt(appended(messages, message), images, clips);
  }

  private Prompt say(ContentPart part, List<RgbImage> images, List<List<RgbImage>> clips) {
    List<ChatMessage> turns = new ArrayList<>(messages);
    boolean open = !turns.isEmpty() && turns.getLast().role().equals(ChatMessage.USER);
    List<ContentPart> content = open ? turns.removeLast().content() : List.of();
    turns.add(new ChatMessage(ChatMessage.USER, appended(content, part)));
    return new Prompt(turns, images, clips);
  }

  private static <T> List<T> appended(List<T> list, T item) {
    return concatenated(list, List.of(item));
  }

  private static <T> List<T> concatenated(List<T> first, List<T> second) {
    List<T> both = new ArrayList<>(first);
    both.addAll(second);
    return both;
  }
}
