/**
 * The public API: load a Qwen2-VL, show it pictures, get text.
 *
 * <h2>Ownership</h2>
 *
 * {@link dev.loupe.engine.Qwen2Vl#load(java.nio.file.Path)} opens and {@link
 * dev.loupe.engine.Qwen2Vl#close} frees: weights, threads, mapped files. Scratch memory and caches
 * belong to one request and end with it; those of a {@link dev.loupe.engine.ChatSession} to the
 * session, until it is closed. A batch keeps the keys and values of each of its slots between
 * requests, up to 64 MiB of embeddings of pictures, and scratch memory. A slot and the scratch
 * memory stay as large as their largest request needed, until the batch ends. Prompts hold decoded
 * pictures on the heap.
 *
 * <h2>Threads</h2>
 *
 * A model is immutable and shared. Requests queue fairly and run one at a time, because one uses
 * all threads; a batch counts as one request. Interrupting the caller, or a listener that returns
 * false, ends an answer after the current token. A session has one caller at a time and refuses a
 * second. A listener runs inside the request; a listener that calls the same model is refused.
 *
 * <h2>Numerics</h2>
 *
 * The same request gives the same bits on every machine, with vectors or without, and with any
 * number of threads, alone or in a batch, in a session or anew. The default is float32 arithmetic
 * on the stored weights; {@link dev.loupe.tensor.numerics.NumericsProfile} chooses float16 or
 * bfloat16 with PyTorch's rounding points.
 *
 * <h2>Deliberate gaps</h2>
 *
 * An answer ends where the model's context does: {@code max_new_tokens} is an upper limit, and only
 * a prompt without room for one token, or a {@code min_new_tokens} without room, is refused.
 * Profiles with eager attention in 16 bits compute every turn of a session anew, because there a
 * masked score of a later token can change an earlier row, which a cache cannot repeat. A batch
 * holds the model until it ends, so one without end has to ask {@link
 * dev.loupe.engine.Qwen2Vl#isAwaited} whether to end for others. Beams, typical, epsilon and eta
 * sampling, and n-gram rules are not implemented: a {@code generation_config.json} that asks for
 * them is refused.
 */
package dev.loupe.engine;
