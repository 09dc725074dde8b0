package dev.loupe.engine;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.ChatTemplate;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.tokenizer.VisionPlaceholders;
import dev.loupe.vision.ImageProcessor;
import dev.loupe.vision.PatchGrid;
import dev.loupe.vision.ProcessedImage;
import dev.loupe.vision.RgbImage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * From a conversation to what the model takes: the template around the text, tokens, a placeholder
 * for each embedding of a picture, and the patches.
 *
 * @param tokenizer of the model
 * @param images of the model, with the limits of the request
 * @param config of the model
 */
record PromptEncoder(Tokenizer tokenizer, ImageProcessor images, Qwen2VlConfig config) {

  /** A prompt in the form the model takes; the patches live as long as {@code arena}. */
  ModelInput encode(Prompt prompt, Arena arena) {
    List<ProcessedImage> pictures = new ArrayList<>();
    for (RgbImage image : prompt.images()) {
      pictures.add(images.process(image, arena));
    }
    List<ProcessedImage> clips = new ArrayList<>();
    for (List<RgbImage> frames : prompt.clips()) {
      clips.add(images.process(frames, arena));
    }
    List<PatchGrid> imageGrids = pictures.stream().map(ProcessedImage::grid).toList();
    List<PatchGrid> videoGrids = clips.stream().map(ProcessedImage::grid).toList();
    int[] ids =
        new VisionPlaceholders(config.imageTokenId(), config.videoTokenId())
            .expand(
                tokenizer.encode(ChatTemplate.FOR_ANSWER.segments(prompt.messages())),
                imageGrids.stream().mapToInt(PatchGrid::tokens).toArray(),
                videoGrids.stream().mapToInt(PatchGrid::tokens).toArray());
    pictures.addAll(clips);
    return new ModelInput(ids, joined(pictures, arena), imageGrids, videoGrids);
  }

  private Tensor joined(List<ProcessedImage> all, Arena arena) {
    if (all.size() == 1) {
      return all.getFirst().pixelValues();
    }
    int rows = all.stream().mapToInt(p -> p.grid().patches()).sum();
    Tensor joined = Tensor.allocate(arena, DType.F32, rows, config.vision().patchValues());
    long at = 0;
    for (ProcessedImage one : all) {
      MemorySegment from = one.pixelValues().segment();
      MemorySegment.copy(from, 0, joined.segment(), at, from.byteSize());
      at += from.byteSize();
    }
    return joined;
  }
}
