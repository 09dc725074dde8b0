/**
 * The safetensors format: {@link dev.loupe.weights.safetensors.SafetensorsFile} reads, {@link
 * dev.loupe.weights.safetensors.SafetensorsWriter} writes. All checks of a header are in {@link
 * dev.loupe.weights.safetensors.SafetensorsHeader}.
 *
 * <h2>Ownership</h2>
 *
 * <p>The code that opens a file closes it. Tensors are views of its memory until they are released
 * one by one or the file is closed. Files are mapped read-only and never written.
 *
 * <h2>Threads</h2>
 *
 * <p>Several threads may read a file at once; a writer belongs to one thread.
 *
 * <h2>Numerics</h2>
 *
 * <p>A tensor has the type and the bits that the file has.
 *
 * <h2>Deliberate gaps</h2>
 *
 * <p>Tensors of types beyond {@link dev.loupe.tensor.DType} (4-bit and 6-bit floats, complex
 * numbers) are listed; to read one is an error.
 */
package dev.loupe.weights.safetensors;
