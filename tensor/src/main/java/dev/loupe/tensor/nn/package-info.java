/**
 * The building blocks of a transformer, one class each, named as in the literature.
 *
 * <h2>Ownership</h2>
 *
 * Weights live in the arena of the {@link dev.loupe.tensor.nn.LayerLoader}, or in a source that
 * keeps them packed. Both must stay open as long as the layers are used. What a forward pass
 * returns is scratch memory of its {@link dev.loupe.tensor.Workspace}, valid until the innermost
 * open frame closes. The parameter {@code w} is always this workspace. A growing {@link
 * dev.loupe.tensor.nn.KeyValues} owns its memory.
 *
 * <h2>Threads</h2>
 *
 * Blocks are immutable and shared. A block divides its work among the threads of the backend and
 * returns when all is done.
 *
 * <h2>Numerics</h2>
 *
 * Every block computes in float32 and rounds to the profile's compute type where the PyTorch module
 * of the same name does: once after a product with its bias, twice in RMSNorm, three times in
 * QuickGELU and in the decoder's rotary embedding, and in attention as {@link
 * dev.loupe.tensor.numerics.AttentionKind} says. Keys and values are kept in the compute type.
 *
 * <h2>Deliberate gaps</h2>
 *
 * No dropout and no gradients: this is inference. There is no batch dimension: a batch is several
 * sequences.
 */
package dev.loupe.tensor.nn;
