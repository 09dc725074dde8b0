/**
 * The kernels, not exported.
 *
 * <h2>Ownership</h2>
 *
 * Kernels own nothing: they work on segments that the caller keeps alive.
 *
 * <h2>Threads</h2>
 *
 * Kernels have no state. A {@link dev.loupe.tensor.internal.ThreadTeam} runs one piece of work at a
 * time and lets further callers wait.
 *
 * <h2>Numerics</h2>
 *
 * {@link dev.loupe.tensor.internal.ScalarKernels} defines every bit, {@link
 * dev.loupe.tensor.internal.VectorKernels} repeats it; the order of additions stands in {@link
 * dev.loupe.tensor.internal.Kernels}. No function of the platform takes part in a result but {@code
 * Math.fma}, {@code Math.sqrt} and the four operations, which are exact by the language.
 *
 * <h2>Deliberate gaps</h2>
 *
 * All segments are bounds-checked: no raw addresses. Prefill and decoding are not tuned yet.
 */
package dev.loupe.tensor.internal;
