package dev.loupe.engine;

import dev.loupe.engine.telemetry.PictureEncodeEvent;
import dev.loupe.engine.telemetry.PictureResizeEvent;
import dev.loupe.engine.text.RopePositions;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.tokenizer.ChatTemplate;
import dev.loupe.tokenizer.VisionPlaceholders;
import dev.loupe.vision.image.RgbImage;
import dev.loupe.vision.preprocess.ImageProcessor;
import dev.loupe.vision.preprocess.ImageProcessorConfig;
import dev.loupe.vision.preprocess.PatchGrid;
import dev.loupe.vision.preprocess.ProcessedImage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * From a conversation to what the model takes: the template around the text, tokens, a placeholder
 * for each embedding of a picture, and the patches.
 *
 * @param loaded the model
 * @param images its image processor, with the limits of the request
 */
record PromptEncoder(LoadedModel loaded, ImageProcessor images) {

  /** An encoder for requests with these options. */
  static PromptEncoder of(LoadedModel loaded, GenerationOptions options) {
    return new PromptEncoder(loaded, new ImageProcessor(limited(loaded, options)));
  }

  /** How these options prepare pictures. */
  static ImageProcessorConfig limited(LoadedModel loaded, GenerationOptions options) {
    return options.pictures(loaded.images());
  }

  /**
   * The tokens of a prompt, from the sizes of its pictures alone.
   *
   * @throws PromptTooLongException if they leave no room for an answer
   */
  EncodedPrompt encode(Prompt prompt) {
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
    List<PlacedPicture> placed = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < pictures.size(); i++) {
      List<RgbImage> frames = List.of(prompt.images().get(i));
      from = place(placed, ids, config.imageTokenId(), from, frames, false, pictures.get(i));
    }
    from = 0;
    for (int i = 0; i < clips.size(); i++) {
      List<RgbImage> frames = prompt.clips().get(i);
      from = place(placed, ids, config.videoTokenId(), from, frames, true, clips.get(i));
    }
    RopePositions positions = loaded.model().positions(ids, pictures, clips);
    EncodedPrompt encoded = new EncodedPrompt(ids, List.copyOf(placed), positions);
    requireRoom(encoded);
    return encoded;
  }

  /** Gives the next run of placeholders to a picture and returns where it ends. */
  private static int place(
      List<PlacedPicture> placed,
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
    PlacedPicture picture = new PlacedPicture(frames, clip, grid, start);
    placed.add(picture);
    return picture.end();
  }

  private void requireRoom(EncodedPrompt prompt) {
    int limit = loaded.config().text().maxPositionEmbeddings();
    if (prompt.length() >= limit) {
      throw new PromptTooLongException(prompt.length(), prompt.pictureTokens(), limit);
    }
  }

  /**
   * Encodes some of a prompt's pictures.
   *
   * @return their embeddings [tokens, hiddenSize], one picture after the other, in scratch memory
   */
  Tensor embeddings(EncodedPrompt prompt, List<PlacedPicture> pictures, Workspace w) {
    try (Arena arena = Arena.ofShared()) {
      PictureResizeEvent resizing = PictureResizeEvent.start();
      Tensor patches = patches(pictures, arena);
      InputTrace.show(prompt, patches, arena, w);
      if (pictures.isEmpty()) {
        return loaded.model().encode(patches, List.of(), w);
      }
      resizing.done(pictures.size(), patches.rowCount());
      PictureEncodeEvent encoding = PictureEncodeEvent.start();
      List<PatchGrid> grids = pictures.stream().map(PlacedPicture::grid).toList();
      Tensor embeddings = loaded.model().encode(patches, grids, w);
      encoding.done(pictures.size(), patches.rowCount(), embeddings.rowCount());
      return embeddings;
    }
  }

  /** The patches of pictures [patches, patch values], one after the other. */
  Tensor patches(List<PlacedPicture> pictures, Arena arena) {
    List<ProcessedImage> all =
        pictures.stream().map(picture -> images.process(picture.frames(), arena)).toList();
    if (all.size() == 1) {
      return all.getFirst().pixelValues();
    }
    int rows = pictures.stream().mapToInt(p -> p.grid().patches()).sum();
    Tensor joined = Tensor.allocate(arena, DType.F32, rows, loaded.config().vision().patchValues());
    long at = 0;
    for (ProcessedImage one : all) {
      MemorySegment from = one.pixelValues().segment();
      MemorySegment.copy(from, 0, joined.segment(), at, from.byteSize());
      at += from.byteSize();
    }
    return joined;
  }
}
