package dev.loupe.engine;

import dev.loupe.tensor.Tensor;
import dev.loupe.vision.preprocess.PatchGrid;
import java.util.ArrayList;
import java.util.List;

/**
 * A prompt in the form the model takes.
 *
 * @param ids the tokens, a placeholder for each embedding of a picture or clip
 * @param pixelValues [patches, patch values] of the pictures, then of the clips; no rows if none
 * @param images the grids of the pictures
 * @param videos the grids of the clips
 */
record ModelInput(int[] ids, Tensor pixelValues, List<PatchGrid> images, List<PatchGrid> videos) {

  /** The grids of pictures and clips, in the order of the patches. */
  List<PatchGrid> grids() {
    List<PatchGrid> grids = new ArrayList<>(images);
    grids.addAll(videos);
    return grids;
  }
}
