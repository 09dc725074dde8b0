package dev.loupe.cli.folder;

import dev.loupe.vision.image.RgbImage;

/**
 * A picture on its way through a run.
 *
 * @param picture the file
 * @param image the picture in the size for the model
 * @param width of the picture itself, upright, in pixels
 * @param height of the picture itself, upright, in pixels
 * @param prompt the question
 * @param watch looks at the numbers of the caption
 * @param existingCaption the existing caption; empty if there is none, or if it is not needed
 */
record PictureTask(
    PictureFile picture,
    RgbImage image,
    int width,
    int height,
    String prompt,
    CaptionWatch watch,
    String existingCaption) {}
