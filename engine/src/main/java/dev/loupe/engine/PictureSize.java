package dev.loupe.engine;

/**
 * The size of a picture, or of a clip's first frame, before and after resizing.
 *
 * @param width of the picture, upright, in pixels
 * @param height of the picture, upright, in pixels
 * @param resizedWidth as the model saw it
 * @param resizedHeight as the model saw it
 * @param tokens the picture, or the whole clip, takes in the prompt
 */
public record PictureSize(int width, int height, int resizedWidth, int resizedHeight, int tokens) {}
