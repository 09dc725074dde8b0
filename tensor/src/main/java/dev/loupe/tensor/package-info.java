/**
 * Numbers and where they live: element types, the 16-bit formats, shapes, tensors, and {@link
 * dev.loupe.tensor.WeightSource}, the interface through which a model gets its weights.
 *
 * <h2>Numerics</h2>
 *
 * {@link dev.loupe.tensor.HalfFormat} rounds every result once, to nearest, ties to even, and never
 * flushes subnormals; the forward pass rounds by the same code. A NaN that an operation or a
 * narrowing returns is always 0x7FFF, as on NVIDIA's processors ({@link
 * dev.loupe.tensor.NanPolicy}); payloads of operands are lost. float64 narrows directly or through
 * float32, as PyTorch does on the CPU; the two differ near ties, so there are two methods. {@link
 * dev.loupe.tensor.UnaryFunction} computes in float32, step by step as PyTorch does, and narrows
 * once.
 *
 * <h2>Deliberate gaps</h2>
 *
 * Round to nearest is the only rounding: PyTorch has no other. Signalling NaNs raise nothing.
 */
package dev.loupe.tensor;
