package dev.loupe.engine;

import dev.loupe.engine.text.KvCache;
import dev.loupe.engine.text.RopePositions;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.Workspace;
import dev.loupe.vision.preprocess.PatchGrid;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * A prompt as numbers, with which a test runs the parts of a model one by one.
 *
 * @param ids the tokens, a placeholder for each embedding of a picture or clip
 * @param pixelValues [patches, patch values] of the pictures, then of the clips; no rows if none
 * @param images the grids of the pictures
 * @param videos the grids of the clips
 */
record ModelInput(int[] ids, Tensor pixelValues, List<PatchGrid> images, List<PatchGrid> videos) {

  /** What a model makes of a prompt by default; the patches lie in the arena. */
  static ModelInput of(LoadedModel loaded, Prompt prompt, Arena arena) {
    EncodedPrompt encoded = new PromptEncoder(loaded).encode(prompt, GenerationOptions.greedy());
    List<PromptPicture> all = encoded.pictures();
    return new ModelInput(
        encoded.ids(),
        new PictureEncoder(loaded.model()).patches(encoded, all, arena),
        all.stream().filter(p -> !p.clip()).map(PromptPicture::grid).toList(),
        all.stream().filter(PromptPicture::clip).map(PromptPicture::grid).toList());
  }

  /** The grids of pictures and clips, in the order of the patches. */
  List<PatchGrid> grids() {
    List<PatchGrid> grids = new ArrayList<>(images);
    grids.addAll(videos);
    return grids;
  }

  RopePositions positions(MultimodalModel model) {
    return model.positions(ids, images, videos);
  }

  /** The embeddings of all pictures and clips [tokens, hiddenSize]. */
  Tensor encode(MultimodalModel model, Workspace w) {
    return model.encode(pixelValues, grids(), w);
  }

  /** The normalised hidden states of all tokens [tokens, hiddenSize]. */
  Tensor prefill(
      MultimodalModel model, Tensor pictures, RopePositions positions, KvCache cache, Workspace w) {
    return model.prefill(ids, pictures, positions, 0, cache, w);
  }

  /** Runs one token that follows what the cache holds, at this position. */
  static Tensor step(MultimodalModel model, int id, int position, KvCache cache, Workspace w) {
    return model.step(new int[] {id}, new int[] {position}, List.of(cache), w);
  }
}
