package dev.loupe.engine;

import dev.loupe.io.Sha256;
import dev.loupe.tokenizer.ChatMessage;
import dev.loupe.tokenizer.ContentPart;
import dev.loupe.vision.image.RgbImage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A question in two hashes, each a SHA-256 of 64 digits.
 *
 * @param picture of the pixels and sizes of all pictures and clips, before they are resized
 * @param prompt of the conversation: roles, texts, and the places of pictures
 */
public record Asked(String picture, String prompt) {

  /** The hashes of a prompt, for which all pixels are read once. */
  public static Asked of(Prompt prompt) {
    StringBuilder pictures = new StringBuilder("pictures\n");
    prompt.images().forEach(image -> pictures.append("image").append(digests(List.of(image))));
    prompt.clips().forEach(frames -> pictures.append("clip").append(digests(frames)));
    StringBuilder conversation = new StringBuilder("prompt\n");
    for (ChatMessage message : prompt.messages()) {
      append(conversation, message.role());
      message.content().forEach(part -> append(conversation, part));
    }
    return new Asked(hash(pictures), hash(conversation));
  }

  /** The hashes of a question about one picture. */
  public static Asked caption(RgbImage picture, String question) {
    return of(Prompt.create().image(picture).text(question));
  }

  private static String digests(List<RgbImage> frames) {
    return frames.stream().map(RgbImage::digest).collect(Collectors.joining(" ", " ", "\n"));
  }

  private static void append(StringBuilder to, ContentPart part) {
    switch (part) {
      case ContentPart.Text(var text) -> append(to, text);
      case ContentPart.Image _ -> to.append("image\n");
      case ContentPart.Video _ -> to.append("clip\n");
    }
  }

  /** The length comes first, so that two texts are not one. */
  private static void append(StringBuilder to, String text) {
    to.append(text.length()).append(' ').append(text).append('\n');
  }

  private static String hash(StringBuilder text) {
    return Sha256.hex(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
