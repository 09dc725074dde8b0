/**
 * The public API: load a Qwen2-VL, show it pictures, get text.
 *
 * <h2>Ownership</h2>
 *
 * {@link dev.loupe.engine.Qwen2Vl#load(java.nio.file.Path)} opens and {@link
 * dev.loupe.engine.Qwen2Vl#close} frees: weights, threads, mapped files. Scratch memory and caches
 * belong to one request and end with it. Prompts hold decoded pictures on the heap.
 *
 * <h2>Threads</h2>
 *
 * A model is immutable and shared. Requests queue fairly and run one at a time, because one uses
 * all threads. Interrupting the caller, or a listener that returns false, ends an answer after the
 * current token.
 *
 * <h2>Numerics</h2>
 *
 * The same request gives the same bits on every machine, with vectors or without, and with any
 * number of threads. The default is float32 arithmetic on the stored weights; {@link
 * dev.loupe.tensor.numerics.NumericsProfile} chooses float16 or bfloat16 with PyTorch's rounding
 * points.
 *
 * <h2>Deliberate gaps</h2>
 *
 * No sessions that keep a cache between turns, no batches and no stop strings yet. An answer ends
 * where the model's context does.
 */
package dev.loupe.engine;
