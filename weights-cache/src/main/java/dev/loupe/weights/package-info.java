/**
 * Model folders and their weights. The module is named after one of its five parts, the cache of
 * packed weights:
 *
 * <ul>
 *   <li>this package: what a model consists of as files, checkpoints and the Hugging Face cache;
 *   <li>{@link dev.loupe.weights.safetensors}: the file format, read and written;
 *   <li>{@link dev.loupe.weights.quantised}: quantised checkpoints, seen as ordinary ones;
 *   <li>{@link dev.loupe.weights.cache}: weights laid out for the kernels, kept between starts;
 *   <li>{@link dev.loupe.weights.synthetic}: weights made by rule, for any names and shapes.
 * </ul>
 *
 * <p>The entry point is {@link dev.loupe.weights.ModelDirectory#resolve}. It turns the value of
 * {@code --model} into a set of small files ({@code config.json}, tokenizer) and a {@link
 * dev.loupe.weights.ModelWeights} to open. Checkpoints spell the names of their tensors
 * differently. Callers always use the names of the first published Qwen2-VL checkpoints ({@link
 * dev.loupe.weights.CheckpointNames}).
 *
 * <h2>Ownership</h2>
 *
 * The code that opens a {@link dev.loupe.weights.ModelWeights} or a {@link
 * dev.loupe.weights.safetensors.SafetensorsFile} closes it; a cache takes over the weights that it
 * is given. Tensors are views of its memory, valid until they are released or it is closed. Reading
 * one after that is an {@link IllegalStateException}. Files are mapped read-only and never written;
 * a tensor's pages are read from the disk when they are first touched, so opening a 16 GB
 * checkpoint costs its headers, and a model that is packed tensor by tensor is never in memory
 * twice.
 *
 * <h2>Threads</h2>
 *
 * Everything here but {@link dev.loupe.weights.safetensors.SafetensorsWriter} may be used by
 * several threads at once. {@link dev.loupe.weights.synthetic.SyntheticWeights} starts threads of
 * its own for large tensors and ends them before the call returns.
 *
 * <h2>Numerics</h2>
 *
 * Nothing is converted but quantised layers: a tensor has the type and the bits that the file has.
 *
 * <h2>Deliberate gaps</h2>
 *
 * Tensors of types beyond {@link dev.loupe.tensor.DType} (4-bit and 6-bit floats, complex numbers)
 * are listed; to read one is an error. If another program truncates a file while it is mapped, the
 * next read throws an {@link InternalError}, or ends the JVM if it is a vector load; a lock would
 * not prevent that. The {@code metadata.total_size} of an index is not checked, because published
 * ones differ in whether a tied head counts. Checkpoints of other projects (MLX, GGUF, pickled
 * {@code .bin}) are recognised only for an error message that says what to use instead.
 */
package dev.loupe.weights;
