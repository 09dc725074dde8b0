package dev.loupe.engine.diagnose;

import dev.loupe.engine.Qwen2VlConfig;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Describes the tokens of a prompt and its answer.
 *
 * @param tokenizer of the model
 * @param config of the model
 */
public record TokenDescriber(Tokenizer tokenizer, Qwen2VlConfig config) {

  /**
   * A description of each token, in the order of the positions.
   *
   * @param ids of the prompt
   * @param grids {t, h, w} in patches, of the pictures, then of the clips
   * @param pictures how many of the grids are pictures
   * @param answer ids that follow
   */
  public List<SequenceToken> describe(
      long[] ids, long[][] grids, int pictures, List<Integer> answer) {
    List<SequenceToken> tokens = new ArrayList<>();
    PictureParts images = new PictureParts(false, grids, 0);
    PictureParts clips = new PictureParts(true, grids, pictures);
    for (int i = 0; i < ids.length; i++) {
      int id = (int) ids[i];
      if (id == config.imageTokenId()) {
        tokens.add(new SequenceToken(i, id, SequenceToken.Kind.PICTURE, images.next()));
      } else if (id == config.videoTokenId()) {
        tokens.add(new SequenceToken(i, id, SequenceToken.Kind.CLIP, clips.next()));
      } else {
        tokens.add(new SequenceToken(i, id, SequenceToken.Kind.TEXT, text(id)));
      }
    }
    for (int id : answer) {
      tokens.add(new SequenceToken(tokens.size(), id, SequenceToken.Kind.ANSWER, text(id)));
    }
    return tokens;
  }

  private String text(int id) {
    return tokenizer.decode(new int[] {id}, false);
  }

  /** Describes the embeddings of pictures or clips one after the other. */
  private final class PictureParts {
    private final boolean clips;
    private final long[][] grids;
    private final int first;
    private int grid;
    private int at;

    PictureParts(boolean clips, long[][] grids, int first) {
      this.clips = clips;
      this.grids = grids;
      this.first = first;
      this.grid = first;
    }

    String next() {
      int merge = config.vision().spatialMergeSize();
      int height = (int) grids[grid][1] / merge;
      int width = (int) grids[grid][2] / merge;
      PicturePlace place =
          new PicturePlace(
              clips,
              grid - first + 1,
              at / (height * width) + 1,
              (int) grids[grid][0],
              at / width % height + 1,
              height,
              at % width + 1,
              width);
      at++;
      if (at == (int) grids[grid][0] * height * width) {
        grid++;
        at = 0;
      }
      return place.toString();
    }
  }
}
