package dev.loupe.engine;

import dev.loupe.engine.text.RopePositions;
import dev.loupe.vision.preprocess.ImageProcessor;
import dev.loupe.vision.preprocess.PatchGrid;
import java.util.List;

/**
 * A prompt as tokens. Its pictures have their places and sizes; no pixel was looked at yet.
 *
 * @param ids the tokens, a placeholder for each embedding of a picture or clip
 * @param pictures pictures first, then clips, each kind in its order
 * @param positions of the tokens
 * @param images makes patches of the pictures, with the limits of the request
 */
record EncodedPrompt(
    int[] ids, List<PlacedPicture> pictures, RopePositions positions, ImageProcessor images) {

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
