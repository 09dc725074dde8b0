package dev.loupe.engine;

/**
 * The caption of one picture or clip; the sizes of a clip are those of its first frame.
 *
 * @param width of the picture, upright, in pixels
 * @param height of the picture, upright, in pixels
 * @param resizedWidth as the model saw it
 * @param resizedHeight as the model saw it
 * @param imageTokens tokens the picture or clip takes in the prompt
 * @param generation the answer
 */
public record Caption(
    int width,
    int height,
    int resizedWidth,
    int resizedHeight,
    int imageTokens,
    Generation generation) {

  /**
   * An answer to a prompt with a picture or clip, seen as the caption of the first.
   *
   * @throws IllegalArgumentException if the prompt had neither
   */
  public static Caption of(Generation generation) {
    if (generation.pictures().isEmpty()) {
      throw new IllegalArgumentException("caption: expected a picture or clip, found none");
    }
    PictureSize first = generation.pictures().getFirst();
    return new Caption(
        first.width(),
        first.height(),
        first.resizedWidth(),
        first.resizedHeight(),
        first.tokens(),
        generation);
  }

  /** What it says. */
  public String text() {
    return generation.text();
  }
}
