/**
 * Quantised checkpoints, seen as ordinary ones: AWQ, GPTQ and compressed-tensors.
 *
 * <p>{@link dev.loupe.weights.quantised.DequantisedWeights} stands between a checkpoint and what
 * loads it. {@code QuantisedLayers} finds the quantised layers by the names of their tensors; a
 * {@code QuantisedTensor} for each format checks its parts; {@code Packing} knows how integers lie
 * in words, and {@code Dequantiser} is the rule {@code w = (q - z) s}.
 *
 * <h2>Ownership</h2>
 *
 * The dequantised weights own the stored ones. A matrix is made when it is asked for, and freed
 * when it is released.
 *
 * <h2>Threads</h2>
 *
 * Everything here may be used by several threads at once. Matrices are made by the threads of a
 * {@link dev.loupe.tensor.Backend}.
 *
 * <h2>Numerics</h2>
 *
 * A weight is {@code R((q - z) R(s))}, R being the rounding to the compute type. In float16 all
 * programs that form a weight at all form this one. In float32 it is exact, and no value of a
 * 16-bit type, so such a matrix takes 4 bytes a weight. In bfloat16 it is that of GPTQModel for
 * AWQ; other programs round the float16 weight once more, and one in four weights differs by its
 * last bit.
 *
 * <h2>Deliberate gaps</h2>
 *
 * Products are made of dequantised weights, so memory and time are those of a model that was never
 * quantised. Formats whose activations are rounded (fp8, int8 with int8) or that have tables
 * (bitsandbytes) are refused by name.
 */
package dev.loupe.weights.quantised;
