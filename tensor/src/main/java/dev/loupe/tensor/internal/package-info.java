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
 * <h2>Speed</h2>
 *
 * The innermost loops of products, {@code PanelProducts}, are written by a program that the build
 * runs ({@code src/generator}); {@link dev.loupe.tensor.internal.CompilerDirectives} says why C1
 * must leave them alone. What C2 makes of the other loops depends on its node budget: a heavy loop
 * stands in a small method of its own.
 *
 * <h2>Deliberate gaps</h2>
 *
 * All segments are bounds-checked: raw addresses measured no faster in products (110 of 117 GFLOP/s
 * with checks, 91 to 109 without, on one core). Narrower vectors run the tiles of 512-bit ones up
 * to 5 rows; nothing is tuned for them.
 */
package dev.loupe.tensor.internal;
