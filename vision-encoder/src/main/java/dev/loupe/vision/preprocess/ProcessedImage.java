package dev.loupe.vision.preprocess;

import dev.loupe.tensor.Tensor;

/**
 * An image or a clip as the vision tower takes it.
 *
 * @param grid the patches: {@code image_grid_thw}
 * @param pixelValues float32 [patches, 1176]: {@code pixel_values}; lives as long as its arena. The
 *     rows have the order of {@link PatchGrid#forEachPatch}. A row holds channel, frame, row,
 *     column
 * @param width the upright picture's pixels in a row; of the first frame for a clip
 * @param height the upright picture's rows
 * @param resizedWidth pixels in a row after resizing
 * @param resizedHeight rows after resizing
 */
public record ProcessedImage(
    PatchGrid grid,
    Tensor pixelValues,
    int width,
    int height,
    int resizedWidth,
    int resizedHeight) {}
