package dev.loupe.engine;

import dev.loupe.engine.telemetry.PictureEncodeEvent;
import dev.loupe.engine.telemetry.PictureResizeEvent;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.vision.preprocess.PatchGrid;
import dev.loupe.vision.preprocess.ProcessedImage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * From the pictures of a prompt to their embeddings: resize, cut into patches, run the tower.
 *
 * <p>It runs after the caches were searched, because only then it is known which pictures must be
 * encoded. Patches are freed before the decoder runs.
 *
 * @param model tower and decoder
 */
record PictureEncoder(MultimodalModel model) {

  /**
   * Encodes the pictures that a prompt needs.
   *
   * @param from how many tokens of the prompt are computed already; rows of pictures before that
   *     are unspecified
   * @param known cache of embeddings: read before anything is computed; new embeddings are added
   * @return embeddings in scratch memory
   */
  PictureEmbeddings encode(EncodedPrompt prompt, int from, EmbeddingCache known, Workspace w) {
    long start = System.nanoTime();
    Map<PromptPicture, MemorySegment> rows = new HashMap<>();
    List<PromptPicture> unknown = new ArrayList<>();
    for (PromptPicture picture : prompt.pictures()) {
      if (picture.end() > from) {
        known
            .find(picture)
            .ifPresentOrElse(
                found -> rows.put(picture, MemorySegment.ofArray(found)),
                () -> unknown.add(picture));
      }
    }
    Tensor fresh = encode(prompt, unknown, w);
    int at = 0;
    for (PromptPicture picture : unknown) {
      Tensor mine = fresh.rows(at, at + (long) picture.tokens());
      known.keep(picture, mine);
      rows.put(picture, mine.segment());
      at += picture.tokens();
    }
    boolean all = unknown.size() == prompt.pictures().size();
    Tensor embeddings = all ? fresh : joined(prompt, rows, fresh.columnCount(), w);
    return new PictureEmbeddings(embeddings, Duration.ofNanos(System.nanoTime() - start));
  }

  private static Tensor joined(
      EncodedPrompt prompt, Map<PromptPicture, MemorySegment> rows, int width, Workspace w) {
    Tensor joined = w.matrix(prompt.pictureTokens(), width);
    int at = 0;
    for (PromptPicture picture : prompt.pictures()) {
      if (rows.containsKey(picture)) {
        joined.rows(at, at + (long) picture.tokens()).segment().copyFrom(rows.get(picture));
      }
      at += picture.tokens();
    }
    return joined;
  }

  /** The embeddings of some pictures, one picture after the other. */
  private Tensor encode(EncodedPrompt prompt, List<PromptPicture> pictures, Workspace w) {
    try (Arena arena = Arena.ofShared()) {
      PictureResizeEvent resizing = PictureResizeEvent.start();
      Tensor patches = patches(prompt, pictures, arena);
      InputTrace.show(prompt, patches, arena, w);
      if (pictures.isEmpty()) {
        return model.encode(patches, List.of(), w);
      }
      resizing.done(pictures.size(), patches.rowCount());
      PictureEncodeEvent encoding = PictureEncodeEvent.start();
      List<PatchGrid> grids = pictures.stream().map(PromptPicture::grid).toList();
      Tensor embeddings = model.encode(patches, grids, w);
      encoding.done(pictures.size(), patches.rowCount(), embeddings.rowCount());
      return embeddings;
    }
  }

  /** The patches of pictures [patches, patch values], one picture after the other. */
  Tensor patches(EncodedPrompt prompt, List<PromptPicture> pictures, Arena arena) {
    List<ProcessedImage> all =
        pictures.stream().map(picture -> prompt.images().process(picture.frames(), arena)).toList();
    if (all.size() == 1) {
      return all.getFirst().pixelValues();
    }
    int rows = pictures.stream().mapToInt(p -> p.grid().patches()).sum();
    Tensor joined = Tensor.allocate(arena, DType.F32, rows, model.patchValues());
    long at = 0;
    for (ProcessedImage one : all) {
      MemorySegment from = one.pixelValues().segment();
      MemorySegment.copy(from, 0, joined.segment(), at, from.byteSize());
      at += from.byteSize();
    }
    return joined;
  }
}
