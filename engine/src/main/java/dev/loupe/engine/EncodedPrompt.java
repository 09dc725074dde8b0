package dev.loupe.engine;

import dev.loupe.engine.text.RopePositions;
import dev.loupe.vision.preprocess.ImageProcessor;
import dev.loupe.vision.preprocess.PatchGrid;
import java.util.List;

/**
 * A prompt as tokens. The positions and sizes of its pictures are known; no pixel was read yet.
 *
 * @param ids the tokens, a placeholder for each embedding of a picture or clip
 * @param pictures pictures first, then clips, each kind in its order
 * @param positions of the tokens
 * @param images makes patches of the pictures, with the limits of the request
 */
record EncodedPrompt(
    int[] ids, List<PromptPicture> pictures, RopePositions positions, ImageProcessor images) {

  int length() {
    return ids.length;
  }

  int pictureTokens() {
    return pictures.stream().mapToInt(PromptPicture::tokens).sum();
  }

  List<PatchGrid> grids() {
    return pictures.stream().map(PromptPicture::grid).toList();
  }
}
