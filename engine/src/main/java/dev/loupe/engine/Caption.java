package dev.loupe.engine;

/**
 * What a model says of one picture or clip; the sizes of a clip are those of its first frame.
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

  /** What it says. */
  public String text() {
    return generation.text();
  }
}
