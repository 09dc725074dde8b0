/**
 * The building blocks of a transformer, one class each, named as in the literature.
 *
 * <h2>Ownership</h2>
 *
 * Weights live in the arena that the {@link dev.loupe.tensor.nn.LayerLoader} was given, or with the
 * source that has kept them packed, which must stay open as long as the layers are used; what a
 * forward pass returns lies in the scratch memory of its {@link dev.loupe.tensor.Workspace} and is
 * valid until the innermost open frame closes. A growing {@link dev.loupe.tensor.nn.KeyValues} owns
 * its memory.
 *
 * <h2>Threads</h2>
 *
 * Blocks are immutable and shared. They split their own work over the backend's threads by a fixed
 * rule and return when all is done.
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
 * No dropout and no gradients: this is inference. Batches are sequences of their own.
 */
package dev.loupe.tensor.nn;
