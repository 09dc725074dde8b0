/**
 * The language model: embeddings to logits.
 *
 * <h2>Ownership</h2>
 *
 * Layers live in the arena of the model that loaded them. A {@link dev.loupe.engine.text.KvCache}
 * belongs to one sequence; the code that opens it closes it.
 *
 * <h2>Threads</h2>
 *
 * The layers are immutable and shared; a cache serves one sequence at a time, and a workspace one
 * call.
 *
 * <h2>Numerics</h2>
 *
 * A pass over one token of each of several sequences gives each the same bits as alone: rows of a
 * product are independent, and in attention each sequence has its own cache. The building blocks of
 * {@code dev.loupe.tensor.nn} document where numbers are rounded. Positions follow transformers
 * 4.x: after a clip they continue after the largest of its frames, rows and columns. transformers 5
 * continues after the larger of rows and columns, so the two differ for clips with more frame pairs
 * than rows and columns of tokens.
 *
 * <h2>Deliberate gaps</h2>
 *
 * No sliding window (no published checkpoint switches it on) and no rope scaling but {@code mrope};
 * a configuration that asks for them is refused.
 */
package dev.loupe.engine.text;
