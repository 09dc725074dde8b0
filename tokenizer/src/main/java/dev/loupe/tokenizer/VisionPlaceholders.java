package dev.loupe.tokenizer;

import java.util.Arrays;

/**
 * The placeholder tokens of pictures and clips. A template has one for each of them, the model
 * needs one for each embedding.
 *
 * @param imageId the id of {@code <|image_pad|>}
 * @param videoId the id of {@code <|video_pad|>}
 */
public record VisionPlaceholders(int imageId, int videoId) {
  /**
   * The placeholders of a vocabulary.
   *
   * @throws IllegalArgumentException if it has none
   */
  public static VisionPlaceholders of(Tokenizer tokenizer) {
    return new VisionPlaceholders(
        tokenizer.controlToken(ChatTemplate.IMAGE_PAD),
        tokenizer.controlToken(ChatTemplate.VIDEO_PAD));
  }

  /**
   * Repeats each placeholder as often as its picture or clip has embeddings.
   *
   * @param ids with one placeholder for each picture and clip
   * @param imageTokens for each picture, in order, t * h * w / 4 of its grid of patches
   * @param videoTokens the same for each clip
   * @throws IllegalArgumentException if there are more or fewer placeholders than counts, or a
   *     count is below 1
   */
  public int[] expand(int[] ids, int[] imageTokens, int[] videoTokens) {
    checkCounts("image", imageId, ids, imageTokens);
    checkCounts("video", videoId, ids, videoTokens);
    long length = (long) ids.length - imageTokens.length - videoTokens.length;
    length += Arrays.stream(imageTokens).asLongStream().sum();
    length += Arrays.stream(videoTokens).asLongStream().sum();
    int[] expanded = new int[Math.toIntExact(length)];
    int images = 0;
    int videos = 0;
    int end = 0;
    for (int id : ids) {
      int copies =
          id == imageId ? imageTokens[images++] : id == videoId ? videoTokens[videos++] : 1;
      Arrays.fill(expanded, end, end + copies, id);
      end += copies;
    }
    return expanded;
  }

  private static void checkCounts(String what, int id, int[] ids, int[] tokens) {
    long found = Arrays.stream(ids).filter(i -> i == id).count();
    if (found != tokens.length) {
      throw new IllegalArgumentException(
          "<|%s_pad|>: expected %d in the prompt, one for each %s, found %d; give each its place"
              .formatted(what, tokens.length, what, found));
    }
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] < 1) {
        throw new IllegalArgumentException(
            "%s %d: expected at least 1 token, found %d".formatted(what, i, tokens[i]));
      }
    }
  }
}
