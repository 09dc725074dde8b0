/**
 * Checkpoints: safetensors files, model folders, the Hugging Face cache, and weights made by rule.
 *
 * <p>The way in is {@link dev.loupe.weights.ModelFiles#resolve}: what a user writes after {@code
 * --model} becomes a set of small files ({@code config.json}, tokenizer) and a {@link
 * dev.loupe.weights.ModelWeights} to open. Whatever spelling a checkpoint uses for its tensors,
 * they are asked for by the names of the first published Qwen2-VL checkpoints ({@link
 * dev.loupe.weights.CheckpointNames}).
 *
 * <h2>Ownership</h2>
 *
 * Whoever opens a {@link dev.loupe.weights.ModelWeights} or a {@link
 * dev.loupe.weights.SafetensorsFile} closes it; its memory belongs to one arena of its own. Tensors
 * are views of that memory: reading one after the close is an {@link IllegalStateException}. Files
 * are mapped read-only and never written; a tensor's pages are read from the disk when they are
 * first touched, so opening a 16 GB checkpoint costs its headers.
 *
 * <h2>Threads</h2>
 *
 * Everything here but {@link dev.loupe.weights.SafetensorsWriter} may be used by several threads at
 * once. {@link dev.loupe.weights.SyntheticWeights} starts threads of its own for large tensors and
 * ends them before the call returns.
 *
 * <h2>Numerics</h2>
 *
 * Nothing is converted: a tensor has the type and the bits that the file has. Synthetic weights are
 * computed in float64 and rounded to float32 and then to bfloat16, each time to nearest even, with
 * no function but the square root, which Java and NumPy both round correctly; thread count and
 * order of access cannot change a bit.
 *
 * <h2>Deliberate gaps</h2>
 *
 * There is no cache of packed weights yet: every load packs from the stored layout. Types beyond
 * {@link dev.loupe.tensor.DType} (4-bit and 6-bit floats, complex numbers) are refused, not
 * skipped. A file that is cut short by somebody else while it is mapped makes the JVM throw an
 * {@link InternalError} at the next read; a lock would not prevent that. The {@code
 * metadata.total_size} of an index is not checked, because published ones differ in whether a tied
 * head counts. Checkpoints of other projects (MLX, GGUF, pickled {@code .bin}) are recognised only
 * to say what to use instead.
 */
package dev.loupe.weights;
