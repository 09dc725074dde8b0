package dev.loupe.engine;

import dev.loupe.engine.text.RopePositions;
import dev.loupe.vision.preprocess.PatchGrid;
import java.util.List;

/**
 * A prompt as tokens. Its pictures have their places and sizes; no pixel was looked at yet.
 *
 * @param ids the tokens, a placeholder for each embedding of a picture or clip
 * @param pictures pictures first, then clips, each kind in its order
 * @param positions of the tokens
 */
record EncodedPrompt(int[] ids, List<PlacedPicture> pictures, RopePositions positions) {

  int length() {
    return ids.length;
  }

  int pictureTokens() {
    return pictures.stream().mapToInt(PlacedPicture::tokens).sum();
  }

  List<PatchGrid> grids() {
    return pictures.stream().map(PlacedPicture::grid).toList();
  }
}
