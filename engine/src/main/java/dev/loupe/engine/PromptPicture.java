package dev.loupe.engine;

import dev.loupe.vision.image.RgbImage;
import dev.loupe.vision.preprocess.PatchGrid;
import java.util.List;

/**
 * A picture or clip of a prompt, and the position of its tokens.
 *
 * @param frames one for a picture
 * @param clip whether its frames follow each other in time
 * @param grid the patches it will be cut into
 * @param start the index of its first placeholder token
 */
record PromptPicture(List<RgbImage> frames, boolean clip, PatchGrid grid, int start) {

  /** What the model sees of a picture: its pixels and its size after resizing. */
  record Content(List<String> frames, boolean clip, PatchGrid grid) {}

  /** The content, for which all pixels are read once. */
  Content content() {
    return new Content(frames.stream().map(RgbImage::digest).toList(), clip, grid);
  }

  int tokens() {
    return grid.tokens();
  }

  /** One past its last placeholder token. */
  int end() {
    return start + tokens();
  }

  PictureSize size(int patch) {
    RgbImage first = frames.getFirst();
    return new PictureSize(
        first.width(), first.height(), grid.w() * patch, grid.h() * patch, tokens());
  }
}
