package dev.loupe.cli.folder;

import dev.loupe.vision.image.RgbImage;

/**
 * A picture on its way through a run.
 *
 * @param picture which
 * @param image at the size the model sees
 * @param width of the picture itself, upright, in pixels
 * @param height of the picture itself, upright, in pixels
 * @param prompt the question
 * @param before the caption that is there already; empty if there is none, or it does not matter
 */
record PictureTask(
    PictureFile picture, RgbImage image, int width, int height, String prompt, String before) {}
