package dev.loupe.engine.text;

import dev.loupe.vision.preprocess.PatchGrid;
import java.util.Iterator;
import java.util.List;

/**
 * Positions of a prompt with pictures and clips ({@code get_rope_index} of modeling_qwen2_vl.py,
 * transformers 4.x).
 *
 * <p>Text advances all three streams by one a token. The tokens of a picture share the time and
 * count rows and columns from where the text stopped; a clip counts its frame pairs in time as
 * well. After either, text goes on one past the largest position used.
 *
 * @param imageTokenId the token that stands for a piece of a picture
 * @param videoTokenId the token that stands for a piece of a clip
 */
public record RopeIndex(int imageTokenId, int videoTokenId) {

  /**
   * The positions of every token.
   *
   * @param images the grids of the pictures, in the order of the prompt
   * @param videos the grids of the clips, in the order of the prompt
   * @throws IllegalArgumentException if the placeholder tokens do not fit the grids
   */
  public RopePositions positions(int[] ids, List<PatchGrid> images, List<PatchGrid> videos) {
    int[][] streams = new int[3][ids.length];
    Iterator<PatchGrid> nextImage = images.iterator();
    Iterator<PatchGrid> nextVideo = videos.iterator();
    int position = 0;
    for (int i = 0; i < ids.length; ) {
      if (ids[i] == imageTokenId || ids[i] == videoTokenId) {
        PatchGrid grid = grid(ids[i] == imageTokenId ? nextImage : nextVideo, i);
        requireRun(ids, i, grid);
        position += fill(grid, streams, i, position);
        i += grid.tokens();
      } else {
        for (int[] stream : streams) {
          stream[i] = position;
        }
        position++;
        i++;
      }
    }
    if (nextImage.hasNext() || nextVideo.hasNext()) {
      throw new IllegalArgumentException(
          "prompt: expected placeholder tokens for %d pictures and %d clips, found fewer"
              .formatted(images.size(), videos.size()));
    }
    return new RopePositions(streams, position);
  }

  private static PatchGrid grid(Iterator<PatchGrid> grids, int token) {
    if (!grids.hasNext()) {
      throw new IllegalArgumentException(
          "token " + token + ": expected a picture or clip for this placeholder, found none left");
    }
    return grids.next();
  }

  private void requireRun(int[] ids, int start, PatchGrid grid) {
    for (int i = start; i < start + grid.tokens(); i++) {
      if (i >= ids.length || ids[i] != ids[start]) {
        throw new IllegalArgumentException(
            "tokens from %d on: expected %d placeholders for a picture of grid %s, found %d"
                .formatted(start, grid.tokens(), grid, i - start));
      }
    }
  }

  /** Writes the positions of one grid and returns by how much they advance the text. */
  private int fill(PatchGrid grid, int[][] streams, int at, int position) {
    int rows = grid.tokenRows();
    int columns = grid.tokenColumns();
    for (int t = 0; t < grid.t(); t++) {
      for (int h = 0; h < rows; h++) {
        for (int w = 0; w < columns; w++, at++) {
          streams[0][at] = position + t;
          streams[1][at] = position + h;
          streams[2][at] = position + w;
        }
      }
    }
    return Math.max(grid.t(), Math.max(rows, columns));
  }
}
