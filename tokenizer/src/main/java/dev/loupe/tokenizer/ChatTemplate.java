package dev.loupe.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * The chat template of Qwen2-VL-Instruct: ChatML, with {@code <|vision_start|><|image_pad|>
 * <|vision_end|>} (no spaces) in the place of a picture, and a system message of its own if the
 * first message is none. Gives the same text as the Jinja program in {@code chat_template.json} of
 * the checkpoint.
 *
 * @param addGenerationPrompt whether the head of the answer is added, so that the model goes on
 *     with the answer itself
 * @param addVisionId whether {@code "Picture 1: "}, {@code "Video 1: "} stand before pictures and
 *     clips, each counted over the whole conversation
 */
public record ChatTemplate(boolean addGenerationPrompt, boolean addVisionId) {
  /** The template for asking: with the head of the answer, without numbered pictures. */
  public static final ChatTemplate FOR_ANSWER = new ChatTemplate(true, false);

  static final String IM_START = "<|im_start|>";
  static final String IM_END = "<|im_end|>";
  static final String VISION_START = "<|vision_start|>";
  static final String VISION_END = "<|vision_end|>";
  static final String IMAGE_PAD = "<|image_pad|>";
  static final String VIDEO_PAD = "<|video_pad|>";

  private static final ChatMessage DEFAULT_SYSTEM =
      ChatMessage.system("You are a helpful assistant.");

  /**
   * The conversation with the template's control tokens apart from everything else, for {@link
   * Tokenizer#encode(List)}. No two texts are neighbours, so that BPE sees them as one.
   */
  public List<PromptSegment> segments(List<ChatMessage> messages) {
    Rendering rendering = new Rendering();
    if (!messages.isEmpty() && !messages.getFirst().role().equals(ChatMessage.SYSTEM)) {
      rendering.message(DEFAULT_SYSTEM);
    }
    messages.forEach(rendering::message);
    if (addGenerationPrompt) {
      rendering.control(IM_START);
      rendering.text(ChatMessage.ASSISTANT + "\n");
    }
    return rendering.finish();
  }

  private final class Rendering {
    private final List<PromptSegment> segments = new ArrayList<>();
    private final StringBuilder pending = new StringBuilder();
    private int images;
    private int videos;

    void message(ChatMessage message) {
      control(IM_START);
      text(message.role() + "\n");
      message.content().forEach(this::part);
      control(IM_END);
      text("\n");
    }

    private void part(ContentPart part) {
      switch (part) {
        case ContentPart.Text(String text) -> text(text);
        case ContentPart.Image() -> vision("Picture", ++images, IMAGE_PAD);
        case ContentPart.Video() -> vision("Video", ++videos, VIDEO_PAD);
      }
    }

    private void vision(String name, int number, String pad) {
      if (addVisionId) {
        text(name + " " + number + ": ");
      }
      control(VISION_START);
      control(pad);
      control(VISION_END);
    }

    void text(String text) {
      pending.append(text);
    }

    void control(String token) {
      flush();
      segments.add(new PromptSegment.Control(token));
    }

    List<PromptSegment> finish() {
      flush();
      return List.copyOf(segments);
    }

    private void flush() {
      if (!pending.isEmpty()) {
        segments.add(new PromptSegment.Text(pending.toString()));
        pending.setLength(0);
      }
    }
  }
}
