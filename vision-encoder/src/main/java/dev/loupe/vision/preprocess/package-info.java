/**
 * From a picture to the tower's input: {@link dev.loupe.vision.preprocess.ImageProcessor} resizes
 * it, normalises it and cuts it into patches.
 *
 * <h2>Ownership</h2>
 *
 * <p>{@code pixel_values} are allocated in the arena of the caller.
 *
 * <h2>Threads</h2>
 *
 * <p>Processors may be shared.
 *
 * <h2>Numerics</h2>
 *
 * <p>The reference is {@code Qwen2VLImageProcessorPil} of transformers 5.18, whose results equal
 * the slow processor's of 4.57. Resized pictures and {@code pixel_values} are the same in every
 * bit.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>The torchvision variant of resizing and normalising ({@code Qwen2VLImageProcessor} of 5.x),
 * which differs by one level in less than 1 % of the samples, is not implemented.
 */
package dev.loupe.vision.preprocess;
