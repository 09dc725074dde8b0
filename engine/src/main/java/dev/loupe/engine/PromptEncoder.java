package dev.loupe.engine;

import dev.loupe.engine.text.RopePositions;
import dev.loupe.tokenizer.ChatTemplate;
import dev.loupe.tokenizer.VisionPlaceholders;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.vision.preprocess.ImageProcessor;
import dev.loupe.vision.preprocess.PatchGrid;
import java.util.ArrayList;
import java.util.List;

/**
 * From a conversation to tokens: the template around the text, and a placeholder for each embedding
 * of a picture.
 *
 * @param loaded the model
 */
record PromptEncoder(LoadedModel loaded) {

  /**
   * The tokens of a prompt, from the sizes of its pictures alone.
   *
   * @param options limit the pictures
   * @throws PromptTooLongException if they leave no room for an answer
   */
  EncodedPrompt encode(Prompt prompt, GenerationOptions options) {
    ImageProcessor images = new ImageProcessor(options.pictures(loaded.images()));
    List<PatchGrid> pictures = new ArrayList<>();
    prompt.images().forEach(image -> pictures.add(images.grid(List.of(image))));
    List<PatchGrid> clips = prompt.clips().stream().map(images::grid).toList();
    Qwen2VlConfig config = loaded.config();
    int[] ids =
        new VisionPlaceholders(config.imageTokenId(), config.videoTokenId())
            .expand(
                loaded.tokenizer().encode(ChatTemplate.FOR_ANSWER.segments(prompt.messages())),
                pictures.stream().mapToInt(PatchGrid::tokens).toArray(),
                clips.stream().mapToInt(PatchGrid::tokens).toArray());
    List<PromptPicture> found = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < pictures.size(); i++) {
      List<RgbImage> frames = List.of(prompt.images().get(i));
      from = assign(found, ids, config.imageTokenId(), from, frames, false, pictures.get(i));
    }
    from = 0;
    for (int i = 0; i < clips.size(); i++) {
      List<RgbImage> frames = prompt.clips().get(i);
      from = assign(found, ids, config.videoTokenId(), from, frames, true, clips.get(i));
    }
    RopePositions positions = loaded.model().positions(ids, pictures, clips);
    EncodedPrompt encoded = new EncodedPrompt(ids, List.copyOf(found), positions, images);
    requireRoom(encoded);
    return encoded;
  }

  /** Assigns the next run of placeholders to a picture and returns where it ends. */
  private static int assign(
      List<PromptPicture> found,
      int[] ids,
      int placeholder,
      int from,
      List<RgbImage> frames,
      boolean clip,
      PatchGrid grid) {
    int start = from;
    while (ids[start] != placeholder) {
      start++;
    }
    PromptPicture picture = new PromptPicture(frames, clip, grid, start);
    found.add(picture);
    return picture.end();
  }

  private void requireRoom(EncodedPrompt prompt) {
    int limit = loaded.config().text().maxPositionEmbeddings();
    if (prompt.length() >= limit) {
      throw new PromptTooLongException(prompt.length(), prompt.pictureTokens(), limit);
    }
  }
}
